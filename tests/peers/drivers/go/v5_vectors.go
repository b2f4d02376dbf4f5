package main

const hasVectors = false

func givenVector(items []any) any { panic("this driver has no vectors") }

func givenUUID(text string) any { panic("this driver has no UUIDs") }

func shownUUID(value any) (string, bool) { return "", false }

func shownVector(value any) (string, bool) { return "", false }
