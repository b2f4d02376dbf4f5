package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/neo4j/neo4j-go-driver/v6/neo4j/dbtype"
)

type tagged = map[string]any

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// integers are the numbers of a temporal or spatial value; a name of a zone at the end is left out.
func integers(value any) []int {
	var numbers []int
	for _, item := range value.([]any) {
		if number, ok := item.(json.Number); ok {
			numbers = append(numbers, int(must(number.Int64())))
		}
	}
	return numbers
}

func float(text string) float64 { return must(strconv.ParseFloat(text, 64)) }

func moment(n []int, zone *time.Location) time.Time {
	return time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], n[6], zone)
}

func clock(n []int, zone *time.Location) time.Time {
	return time.Date(0, 1, 1, n[0], n[1], n[2], n[3], zone)
}

func point(value any) any {
	var n []float64
	for _, item := range value.([]any) {
		n = append(n, must(item.(json.Number).Float64()))
	}
	if len(n) == 3 {
		return dbtype.Point2D{SpatialRefId: uint32(n[0]), X: n[1], Y: n[2]}
	}
	return dbtype.Point3D{SpatialRefId: uint32(n[0]), X: n[1], Y: n[2], Z: n[3]}
}

func duration(n []int) dbtype.Duration {
	return dbtype.Duration{Months: int64(n[0]), Days: int64(n[1]), Seconds: int64(n[2]), Nanos: n[3]}
}

// given makes of tagged JSON what the driver takes.
func given(value any) any {
	switch value := value.(type) {
	case []any:
		list := []any{}
		for _, item := range value {
			list = append(list, given(item))
		}
		return list
	case map[string]any:
		for tag, inner := range value {
			return givenAs(tag, inner)
		}
	}
	return value
}

func givenAs(tag string, inner any) any {
	switch tag {
	case "int":
		return must(strconv.ParseInt(inner.(string), 10, 64))
	case "float":
		return float(inner.(string))
	case "map":
		return givenMap(inner)
	case "bytes":
		return must(hex.DecodeString(inner.(string)))
	case "point":
		return point(inner)
	case "uuid":
		return givenUUID(inner.(string))
	case "vector":
		return givenVector(inner.([]any))
	}
	n := integers(inner)
	switch tag {
	case "date":
		return dbtype.Date(time.Date(n[0], time.Month(n[1]), n[2], 0, 0, 0, 0, time.UTC))
	case "localtime":
		return dbtype.LocalTime(clock(n, time.Local))
	case "time":
		return dbtype.Time(clock(n, time.FixedZone("Offset", n[4])))
	case "localdatetime":
		return dbtype.LocalDateTime(moment(n, time.Local))
	case "datetime":
		return moment(n, time.FixedZone("Offset", n[7]))
	case "zoned":
		return moment(n, must(time.LoadLocation(inner.([]any)[7].(string))))
	case "duration":
		return duration(n)
	}
	panic("unknown tag " + tag)
}

func givenMap(members any) map[string]any {
	result := map[string]any{}
	if members, ok := members.(map[string]any); ok {
		for key, value := range members {
			result[key] = given(value)
		}
	}
	return result
}

func shownText(text string) any {
	if len(text) <= 500 {
		return text
	}
	sum := sha256.Sum256([]byte(text))
	return tagged{"text": []any{len(text), hex.EncodeToString(sum[:])[:12]}}
}

func shownFloat(number float64) string {
	if number == 0 && math.Signbit(number) {
		return "-0"
	}
	return strconv.FormatFloat(number, 'g', -1, 64)
}

func date(t time.Time) []any { return []any{t.Year(), int(t.Month()), t.Day()} }

func hours(t time.Time) []any { return []any{t.Hour(), t.Minute(), t.Second(), t.Nanosecond()} }

func shownMoment(t time.Time) any {
	name, offset := t.Zone()
	fields := append(append(date(t), hours(t)...), offset)
	if strings.Contains(t.Location().String(), "/") {
		return tagged{"zoned": append(fields, t.Location().String(), name)}
	}
	return tagged{"datetime": fields}
}

func shownList[T any](items []T) []any {
	list := []any{}
	for _, item := range items {
		list = append(list, shown(item))
	}
	return list
}

func shownMap(members map[string]any) tagged {
	result := tagged{}
	for key, value := range members {
		result[key] = shown(value)
	}
	return result
}

// shown makes tagged JSON of what the driver gives.
func shown(value any) any {
	switch value := value.(type) {
	case nil, bool:
		return value
	case int64:
		return tagged{"int": strconv.FormatInt(value, 10)}
	case float64:
		return tagged{"float": shownFloat(value)}
	case string:
		return shownText(value)
	case []byte:
		return tagged{"bytes": hex.EncodeToString(value)}
	case []any:
		return shownList(value)
	case []string:
		return shownList(value)
	case map[string]any:
		return tagged{"map": shownMap(value)}
	case dbtype.Node:
		sort.Strings(value.Labels)
		return tagged{"node": []any{value.ElementId, value.Labels, shownMap(value.Props)}}
	case dbtype.Point2D:
		return tagged{"point": []any{value.SpatialRefId, shownFloat(value.X), shownFloat(value.Y)}}
	case dbtype.Point3D:
		return tagged{"point": []any{value.SpatialRefId, shownFloat(value.X), shownFloat(value.Y), shownFloat(value.Z)}}
	case dbtype.Duration:
		return tagged{"duration": []any{value.Months, value.Days, value.Seconds, value.Nanos}}
	case dbtype.Date:
		return tagged{"date": date(value.Time())}
	case dbtype.LocalTime:
		return tagged{"localtime": hours(value.Time())}
	case dbtype.LocalDateTime:
		return tagged{"localdatetime": append(date(value.Time()), hours(value.Time())...)}
	case dbtype.Time:
		_, offset := value.Time().Zone()
		return tagged{"time": append(hours(value.Time()), offset)}
	case time.Time:
		return shownMoment(value)
	}
	if vector, ok := shownVector(value); ok {
		return tagged{"vector": vector}
	}
	if uuid, ok := shownUUID(value); ok {
		return tagged{"uuid": uuid}
	}
	return tagged{"unknown": fmt.Sprintf("%T", value)}
}
