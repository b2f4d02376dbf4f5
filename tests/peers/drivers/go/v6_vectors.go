package main

import (
	"fmt"
	"strconv"

	"github.com/neo4j/neo4j-go-driver/v6/neo4j/dbtype"
)

const hasVectors = true

func elements[T dbtype.VectorElement](items []any, parse func(text string) T) any {
	vector := dbtype.Vector[T]{}
	for _, item := range items[1:] {
		vector.Elems = append(vector.Elems, parse(item.(string)))
	}
	return vector
}

func integer[T int8 | int16 | int32 | int64](text string) T {
	return T(must(strconv.ParseInt(text, 10, 64)))
}

func givenVector(items []any) any {
	switch items[0] {
	case "float32":
		return elements(items, func(text string) float32 { return float32(float(text)) })
	case "float64":
		return elements(items, float)
	case "int8":
		return elements(items, integer[int8])
	case "int16":
		return elements(items, integer[int16])
	case "int32":
		return elements(items, integer[int32])
	}
	return elements(items, integer[int64])
}

func shownVector(value any) (string, bool) {
	switch value.(type) {
	case dbtype.Vector[float32], dbtype.Vector[float64], dbtype.Vector[int8], dbtype.Vector[int16], dbtype.Vector[int32],
		dbtype.Vector[int64]:
		return fmt.Sprint(value), true
	}
	return "", false
}

func givenUUID(text string) any { return must(dbtype.ParseUUID(text)) }

func shownUUID(value any) (string, bool) {
	uuid, ok := value.(dbtype.UUID)
	return uuid.String(), ok
}
