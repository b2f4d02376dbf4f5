// Evaluates the rows of tests/cel/expressions.yaml with cel-go, in the environment that kube-apiserver gives the rules
// of a CustomResourceDefinition, and says which rows expect something else. Prints TAP.
//
//	celpeer EXPRESSIONS           judges every row
//	celpeer -print EXPRESSIONS    prints each row's value as JSON, or its error
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"reflect"
	"strconv"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	"k8s.io/apimachinery/pkg/util/version"
	apiservercel "k8s.io/apiserver/pkg/cel"
	"k8s.io/apiserver/pkg/cel/common"
	"k8s.io/apiserver/pkg/cel/environment"
	"k8s.io/apiserver/pkg/cel/openapi"
	"k8s.io/kube-openapi/pkg/validation/spec"
	"sigs.k8s.io/yaml"
)

type section struct {
	Section string          `json:"section"`
	Self    json.RawMessage `json:"self"`
	OldSelf json.RawMessage `json:"oldSelf"`
	// Self is of a type with fields, as a schema gives it, instead of a plain map: its names are escaped.
	Typed bool `json:"typed"`
	// OldSelf is an optional, of the value or of none where it is not given.
	OptionalOldSelf bool  `json:"optionalOldSelf"`
	Rows            []row `json:"rows"`
}

type row struct {
	Expression string          `json:"expr"`
	Is         json.RawMessage `json:"is"`
	Fails      bool            `json:"fails"`
}

// A value as the API server decodes it: whole numbers are int64.
func decode(data json.RawMessage) any {
	if data == nil {
		return nil
	}
	var value any
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		panic(err)
	}
	return numbers(value)
}

func numbers(value any) any {
	switch value := value.(type) {
	case json.Number:
		if integer, err := strconv.ParseInt(string(value), 10, 64); err == nil {
			return integer
		}
		double, _ := value.Float64()
		return double
	case map[string]any:
		for key, inner := range value {
			value[key] = numbers(inner)
		}
	case []any:
		for i, inner := range value {
			value[i] = numbers(inner)
		}
	}
	return value
}

// The schema that a value has: lists have the type of their first item.
func schemaOf(value any) *spec.Schema {
	schema := &spec.Schema{}
	switch value := value.(type) {
	case map[string]any:
		schema.Type = []string{"object"}
		schema.Properties = map[string]spec.Schema{}
		for key, inner := range value {
			schema.Properties[key] = *schemaOf(inner)
		}
	case []any:
		schema.Type = []string{"array"}
		schema.Items = &spec.SchemaOrArray{Schema: schemaOf(value[0])}
	case string:
		schema.Type = []string{"string"}
	case int64:
		schema.Type = []string{"integer"}
	case float64:
		schema.Type = []string{"number"}
	case bool:
		schema.Type = []string{"boolean"}
	default:
		panic(fmt.Sprintf("no schema for %v", value))
	}
	return schema
}

func environmentOf(section *section, self any) (*cel.Env, error) {
	base := environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion())
	options := environment.VersionedOptions{IntroducedVersion: version.MajorMinor(1, 0)}
	selfType := cel.DynType
	if section.Typed {
		declared := common.SchemaDeclType(&openapi.Schema{Schema: schemaOf(self)}, true).MaybeAssignTypeName("selfType")
		options.DeclTypes = []*apiservercel.DeclType{declared}
		selfType = declared.CelType()
	}
	oldType := cel.DynType
	if section.OptionalOldSelf {
		oldType = types.NewOptionalType(cel.DynType)
	}
	options.EnvOptions = []cel.EnvOption{cel.Variable("self", selfType), cel.Variable("oldSelf", oldType)}
	extended, err := base.Extend(options)
	if err != nil {
		return nil, err
	}
	return extended.NewExpressionsEnv(), nil
}

func evaluate(section *section, expression string) (result any, err error) {
	// Some of cel-go's validators index lists that are empty.
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("cel-go panics: %v", reason)
		}
	}()
	self, oldSelf := decode(section.Self), decode(section.OldSelf)
	env, err := environmentOf(section, self)
	if err != nil {
		return nil, err
	}
	ast, issues := env.Compile(expression)
	if issues != nil && issues.Err() != nil {
		return nil, issues.Err()
	}
	program, err := env.Program(ast)
	if err != nil {
		return nil, err
	}
	variables := map[string]any{"self": self, "oldSelf": oldSelf}
	if section.Typed {
		variables["self"] = common.UnstructuredToVal(self, &openapi.Schema{Schema: schemaOf(self)})
	}
	if section.OptionalOldSelf {
		variables["oldSelf"] = types.OptionalNone
		if section.OldSelf != nil {
			variables["oldSelf"] = types.OptionalOf(types.DefaultTypeAdapter.NativeToValue(oldSelf))
		}
	}
	value, _, err := program.Eval(variables)
	if err != nil {
		return nil, err
	}
	return plain(value), nil
}

// The value as cel_value() of the project shows it.
func plain(value ref.Val) any {
	switch value := value.(type) {
	case types.Null:
		return nil
	case types.Bool:
		return bool(value)
	case types.Int:
		return int64(value)
	case types.Uint:
		if uint64(value) > math.MaxInt64 {
			return strconv.FormatUint(uint64(value), 10)
		}
		return int64(value)
	case types.Double:
		if math.IsNaN(float64(value)) || math.IsInf(float64(value), 0) {
			return fmt.Sprintf("%g", float64(value))
		}
		return float64(value)
	case types.Bytes:
		return base64.StdEncoding.EncodeToString(value)
	case types.Timestamp, types.Duration:
		return string(value.ConvertToType(types.StringType).(types.String))
	case *types.Optional:
		if !value.HasValue() {
			return "optional.none()"
		}
		return map[string]any{"optional.of": plain(value.GetValue())}
	case apiservercel.Quantity:
		return value.Quantity.String()
	case *apiservercel.Quantity:
		return value.Quantity.String()
	case apiservercel.URL:
		return value.URL.String()
	case apiservercel.IP:
		return value.Addr.String()
	case apiservercel.CIDR:
		return value.Prefix.String()
	case apiservercel.Semver:
		return value.Version.String()
	case ref.Type:
		return value.TypeName()
	case traits.Mapper:
		object := map[string]any{}
		for iterator := value.Iterator(); iterator.HasNext() == types.True; {
			key := iterator.Next()
			object[fmt.Sprint(plain(key))] = plain(value.Get(key))
		}
		return object
	case traits.Lister:
		list := []any{}
		for iterator := value.Iterator(); iterator.HasNext() == types.True; {
			list = append(list, plain(iterator.Next()))
		}
		return list
	case types.String:
		return string(value)
	default:
		return fmt.Sprintf("%s", value.Value())
	}
}

// The same number is the same value, whether it is written as 1 or 1.0.
func widen(value any) any {
	data, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	var wide any
	if err := json.Unmarshal(data, &wide); err != nil {
		panic(err)
	}
	return wide
}

func judge(section *section, row row) string {
	value, err := evaluate(section, row.Expression)
	switch {
	case err != nil && row.Fails:
		return ""
	case err != nil:
		return fmt.Sprintf("fails: %v", err)
	case row.Fails:
		return fmt.Sprintf("is %s, and does not fail", print(value))
	case !reflect.DeepEqual(widen(value), widen(decode(row.Is))):
		return fmt.Sprintf("is %s, not %s", print(value), print(decode(row.Is)))
	}
	return ""
}

func print(value any) string {
	data, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(data)
}

// show prints what a row gives.
func show(section *section, row row) {
	value, err := evaluate(section, row.Expression)
	if err != nil {
		fmt.Printf("%s\tERROR %q\n", print(row.Expression), err.Error())
	} else {
		fmt.Printf("%s\t%s\n", print(row.Expression), print(value))
	}
}

func judgeAll(sections []section) (failures int) {
	number := 0
	for i := range sections {
		section := &sections[i]
		for _, row := range section.Rows {
			number++
			if why := judge(section, row); why != "" {
				failures++
				fmt.Printf("not ok %d - %s: %q\n# %s\n", number, section.Section, row.Expression, why)
			} else {
				fmt.Printf("ok %d - %s: %q\n", number, section.Section, row.Expression)
			}
		}
	}
	fmt.Printf("1..%d\n", number)
	return failures
}

func read(path string) (sections []section, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return sections, yaml.UnmarshalStrict(data, &sections)
}

func main() {
	shows := flag.Bool("print", false, "print the value of each row")
	flag.Parse()
	sections, err := read(flag.Arg(0))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if *shows {
		for i := range sections {
			for _, row := range sections[i].Rows {
				show(&sections[i], row)
			}
		}
		return
	}
	if judgeAll(sections) > 0 {
		os.Exit(1)
	}
}
