package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/neo4j/neo4j-go-driver/v6/neo4j"
)

// errNothing says that a step needs what an earlier one failed to make.
type errNothing string

func (err errNothing) Error() string { return string(err) }

func shownError(err error) any {
	var nothing errNothing
	if errors.As(err, &nothing) {
		return tagged{"nothing": string(nothing)}
	}
	var known *neo4j.Neo4jError
	if !errors.As(err, &known) {
		kind := fmt.Sprintf("%T", err)
		return tagged{"local": strings.ReplaceAll(kind, "neo4j/v6", "neo4j")}
	}
	statuses := []any{}
	for cause := known; cause != nil; cause = cause.GqlCause {
		statuses = append(statuses, []any{cause.GqlStatus, cause.GqlStatusDescription, cause.GqlRawClassification,
			shown(cause.GqlDiagnosticRecord), cause.Msg})
	}
	return tagged{"kind": fmt.Sprintf("%T", err), "code": known.Code, "message": known.Msg,
		"retryable": neo4j.IsRetryable(err), "statuses": statuses}
}

func shownPosition(position neo4j.InputPosition) any {
	if position == nil {
		return nil
	}
	return []any{position.Offset(), position.Line(), position.Column()}
}

func shownServer(server neo4j.ServerInfo) any {
	version := server.ProtocolVersion()
	return []any{server.Agent(), server.Address(), fmt.Sprintf("%d.%d", version.Major, version.Minor)}
}

func shownCounters(counters neo4j.Counters) tagged {
	result := tagged{}
	for name, count := range map[string]int{
		"nodes-created": counters.NodesCreated(), "nodes-deleted": counters.NodesDeleted(),
		"relationships-created": counters.RelationshipsCreated(), "relationships-deleted": counters.RelationshipsDeleted(),
		"properties-set": counters.PropertiesSet(), "labels-added": counters.LabelsAdded(),
		"labels-removed": counters.LabelsRemoved(), "indexes-added": counters.IndexesAdded(),
		"indexes-removed": counters.IndexesRemoved(), "constraints-added": counters.ConstraintsAdded(),
		"constraints-removed": counters.ConstraintsRemoved(), "system-updates": counters.SystemUpdates(),
	} {
		if count != 0 {
			result[name] = count
		}
	}
	return result
}

func shownSummary(summary neo4j.ResultSummary) any {
	notifications, statuses := []any{}, []any{}
	for _, one := range summary.Notifications() {
		notifications = append(notifications, []any{one.Code(), one.Title(), one.Description(), one.RawSeverityLevel(),
			one.RawCategory(), shownPosition(one.Position())})
	}
	for _, one := range summary.GqlStatusObjects() {
		statuses = append(statuses, []any{one.GqlStatus(), one.StatusDescription(), one.RawSeverity(), one.RawClassification(),
			shownPosition(one.Position()), shown(one.DiagnosticRecord())})
	}
	result := tagged{
		"counters": shownCounters(summary.Counters()),
		"updates":  []any{summary.Counters().ContainsUpdates(), summary.Counters().ContainsSystemUpdates()},
		"type":     fmt.Sprint(summary.StatementType()), "server": shownServer(summary.Server()),
		"notifications": notifications, "statuses": statuses, "plan": nil, "profile": nil, "database": nil,
		"timed": []any{summary.ResultAvailableAfter() >= time.Duration(0), summary.ResultConsumedAfter() >= time.Duration(0)},
	}
	if summary.Database() != nil {
		result["database"] = summary.Database().Name()
	}
	if plan := summary.Plan(); plan != nil {
		result["plan"] = plan.Operator()
	}
	if profile := summary.Profile(); profile != nil {
		result["profile"] = profile.Operator()
	}
	return result
}

func shownRows(keys []string, records []*neo4j.Record, how string) tagged {
	list := []any{}
	for i, record := range records {
		if how != "ends" || i == 0 || i == len(records)-1 {
			list = append(list, shownList(record.Values))
		}
	}
	if keys == nil {
		keys = []string{}
	}
	if how == "ends" {
		return tagged{"keys": keys, "count": len(records), "ends": list}
	}
	return tagged{"keys": keys, "records": list}
}
