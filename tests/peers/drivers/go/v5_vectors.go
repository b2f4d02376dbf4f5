package main

const hasVectors = false

func givenVector(items []any) any { panic("this driver has no vectors") }

func shownVector(value any) (string, bool) { return "", false }
