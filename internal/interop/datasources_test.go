package interop

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The program datasources, which evaluates many of Packer's data sources at once, answers
// like Packer itself.
func TestDataSources(t *testing.T) {
	g := newGenerator()
	t.Logf("-seed=%d repeats this test", *seed)
	l := newLab(t, g.project(0))
	project := l.fake.Seed().Organizations[0].Projects[0]
	l.env["HCP_PROJECT_ID"] = project.ID
	queries := g.queries(project)
	var asked []packerQuery
	for _, key := range slices.Sorted(maps.Keys(queries)) {
		asked = append(asked, queries[key].packer()...)
	}
	answers, alone := l.evaluate(t, asked), l.evaluateAlone(t, asked)
	for i, q := range asked {
		if (answers[i].Error != "") != (alone[i].Error != "") || answers[i].Value != alone[i].Value {
			t.Errorf("%+v: got %+v, want Packer's %+v", q, answers[i], alone[i])
		}
	}
}

var failedDataSource = regexp.MustCompile(`on template/q(\d+)\.pkr\.hcl line`)

// evaluateAlone has the data sources evaluated by Packer itself. If any fails it shows no
// values, but all errors, so it runs again with those that did not fail.
func (l *lab) evaluateAlone(t *testing.T, queries []packerQuery) []answer {
	t.Helper()
	var locals strings.Builder
	for i, q := range queries {
		l.write(t, fmt.Sprintf("template/q%d.pkr.hcl", i), q.block(i))
	}
	printed, _ := l.packer(t, nil, "validate", "-evaluate-datasources", "-use-sequential-evaluation", "template")
	answers := make([]answer, len(queries))
	for _, failed := range failedDataSource.FindAllStringSubmatch(printed, -1) {
		l.write(t, "template/q"+failed[1]+".pkr.hcl", "")
		i, err := strconv.Atoi(failed[1])
		if err != nil {
			t.Fatal(err)
		}
		answers[i].Error = "failed"
	}
	for i, q := range queries {
		if answers[i].Error == "" {
			fmt.Fprintf(&locals, "q%d = data.%s.q%d\n", i, q.DataSource, i)
		}
	}
	l.write(t, "template/locals.pkr.hcl", "locals {\nanswers = jsonencode({\n"+locals.String()+"})\n}\n")
	console := l.command(t, nil, *packerPath, "console", "template")
	console.Stdin = strings.NewReader("local.answers\n")
	output, err := console.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	values := make(map[string]json.RawMessage)
	if err := json.Unmarshal(output, &values); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	for i := range answers {
		if answers[i].Error == "" {
			if err := json.Unmarshal(values[fmt.Sprint("q", i)], &answers[i].Value); err != nil {
				t.Fatal(err)
			}
		}
	}
	return answers
}

// block returns the data source with its arguments.
func (q packerQuery) block(i int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "data %q \"q%d\" {\n", q.DataSource, i)
	for _, name := range slices.Sorted(maps.Keys(q.Config)) {
		fmt.Fprintf(&b, "  %s = %q\n", name, q.Config[name])
	}
	return b.String() + "}\n"
}
