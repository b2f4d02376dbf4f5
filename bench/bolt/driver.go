// The official Go driver, measured as bench_bolt.c measures our client: driver HOST:PORT USER PASSWORD
package main

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/neo4j/neo4j-go-driver/v6/neo4j"
	"github.com/neo4j/neo4j-go-driver/v6/neo4j/config"
)

const (
	connections = 100
	trips       = 2000
	rows        = 300000
	held        = 100
)

var ctx = context.Background()

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func open() neo4j.Driver {
	driver, err := neo4j.NewDriver("bolt://"+os.Args[1], neo4j.BasicAuth(os.Args[2], os.Args[3], ""),
		func(c *config.Config) { c.MaxConnectionPoolSize = 2 * held })
	check(err)
	return driver
}

func returnOne(session neo4j.Session) {
	result, err := session.Run(ctx, "RETURN 1", nil)
	check(err)
	record, err := result.Single(ctx)
	check(err)
	if record.Values[0].(int64) != 1 {
		panic("not 1")
	}
}

func residentKiB() float64 {
	debug.FreeOSMemory()
	text, err := os.ReadFile("/proc/self/statm")
	check(err)
	var size, resident int
	fmt.Sscan(strings.TrimSpace(string(text)), &size, &resident)
	return float64(resident*os.Getpagesize()) / 1024
}

func memory() float64 {
	driver := open()
	defer driver.Close(ctx)
	first := driver.NewSession(ctx, neo4j.SessionConfig{})
	returnOne(first)
	first.Close(ctx)
	before := residentKiB()
	var sessions []neo4j.Session
	for i := 0; i < held; i++ { // each keeps its connection while its transaction is open
		session := driver.NewSession(ctx, neo4j.SessionConfig{})
		transaction, err := session.BeginTransaction(ctx)
		check(err)
		result, err := transaction.Run(ctx, "RETURN 1", nil)
		check(err)
		_, err = result.Consume(ctx)
		check(err)
		sessions = append(sessions, session)
	}
	each := (residentKiB() - before) / held
	for _, session := range sessions {
		session.Close(ctx)
	}
	return each
}

func main() {
	each := memory()
	begin := time.Now()
	for i := 0; i < connections; i++ {
		driver := open()
		session := driver.NewSession(ctx, neo4j.SessionConfig{})
		returnOne(session)
		session.Close(ctx)
		driver.Close(ctx)
	}
	opened := connections / time.Since(begin).Seconds()

	driver := open()
	session := driver.NewSession(ctx, neo4j.SessionConfig{})
	begin = time.Now()
	for i := 0; i < trips; i++ {
		returnOne(session)
	}
	tripped := trips / time.Since(begin).Seconds()
	begin = time.Now()
	result, err := session.Run(ctx, fmt.Sprintf("UNWIND range(1, %d) AS n RETURN n", rows), nil)
	check(err)
	total := int64(0)
	for result.Next(ctx) {
		total += result.Record().Values[0].(int64)
	}
	check(result.Err())
	if total != rows*(rows+1)/2 {
		panic("rows are missing")
	}
	fmt.Printf("%.1f %.1f %.1f %.1f\n", opened, tripped, rows/time.Since(begin).Seconds(), each)
}
