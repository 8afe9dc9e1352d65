package interop

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
)

var registries = flag.Int("registries", 200, "how many random registries to compare the provider and Packer on")

// For the same registry, this provider selects the image that Packer selects, or fails.
// It fails wherever Packer does, and elsewhere only if several images match, if one of
// Packer's data sources fails, or if an iteration read by fingerprint is not complete.
func TestParity(t *testing.T) {
	g := newGenerator()
	t.Logf("-registries=%d -seed=%d repeats this test", *registries, *seed)
	var projects []*hcpfake.Project
	for n := range *registries {
		projects = append(projects, g.project(n))
	}
	counts := make(map[string]int)
	// The time that Terraform takes for a plan grows with the square of its reads.
	for some := range slices.Chunk(projects, 20) {
		g.compare(t, newLab(t, some...), counts)
	}
	for _, outcome := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%6d %s", counts[outcome], outcome)
	}
}

// compare counts what came of reading the lab's registries with this provider and with
// Packer.
func (g generator) compare(t *testing.T, l *lab, counts map[string]int) {
	t.Helper()
	queries := make(map[string]query)
	for _, p := range l.fake.Seed().Organizations[0].Projects {
		maps.Copy(queries, g.queries(p))
	}
	readings := l.read(t, queries)
	for key, answers := range l.askPacker(t, queries) {
		if len(answers) == 0 {
			continue
		}
		q := queries[key]
		outcome, ok := judge(q, readings[key], answers)
		if !ok {
			t.Errorf("%s: %+v\nthis provider: %+v\nPacker: %+v", outcome, q, readings[key], answers)
		}
		counts[q.kind()+": "+outcome]++
	}
}

// refusals are the errors that random registries give reason for.
var refusals = []string{
	"Bucket Not Found", "Channel Not Found", "Fingerprint Not Found", "No Image Matches", notComplete, revoked, unassigned,
}

// judge says what came of a query, and whether it may be. Of the two data sources of
// Packer that answer, one regards the status of an iteration, and the other, which is
// deprecated, the date of its revocation.
func judge(q query, ours reading, packer []answer) (outcome string, ok bool) {
	same := func(a answer) bool { return a.Value.Fingerprint == ours.Fingerprint && a.Value.ID == ours.ID }
	first := func(a answer) bool { return len(ours.ImageIDs) > 0 && a.imageID() == ours.ImageIDs[0] }
	refused := func(a answer) bool { return a.Error != "" }
	switch {
	case ours.Failure != "" && all(packer, refused):
		return "both refuse: " + ours.Failure, slices.Contains(refusals, ours.Failure)
	case ours.Failure == revoked && slices.ContainsFunc(packer, refused):
		return "this provider and one of Packer's data sources refuse: " + revoked, true
	case ours.Failure != "":
		return "only this provider refuses: " + ours.Failure, ours.Failure == notComplete
	case slices.ContainsFunc(packer, refused):
		return "Packer refuses, and this provider does not", false
	case q.CloudProvider == "":
		return "the same iteration", all(packer, same)
	case ours.ImageID == "":
		return "several images match, of which Packer takes the first", len(ours.ImageIDs) > 1 && all(packer, first)
	default:
		return "the same image", slices.Equal(ours.ImageIDs, []string{ours.ImageID}) && all(packer, first)
	}
}

// kind says what a query asks for.
func (q query) kind() string {
	switch {
	case q.CloudProvider == "":
		return "iteration by channel"
	case q.Channel != "":
		return "image by channel"
	default:
		return "image by fingerprint"
	}
}

func all[T any](values []T, is func(T) bool) bool {
	return !slices.ContainsFunc(values, func(v T) bool { return !is(v) })
}

// queries returns queries for every channel and iteration of the project, and for some
// that do not exist.
func (g generator) queries(p *hcpfake.Project) map[string]query {
	queries := make(map[string]query)
	add := func(q query) {
		q.ProjectID = p.ID
		q.All = fmt.Sprintf("%s/%s/%s%s", p.ID, q.Bucket, q.Channel, q.Fingerprint)
		queries[q.All] = q
		for i := range 3 {
			b := g.build() // Likely, one like it is in the iteration.
			q.CloudProvider, q.Region = b.Platform, pick(g, regions...)
			q.ComponentType = pick(g, b.ComponentType, "", "")
			queries[fmt.Sprintf("%s/%d", q.All, i)] = q
		}
	}
	for _, b := range p.Buckets {
		for _, ch := range b.Channels {
			add(query{Bucket: b.Name, Channel: ch.Name})
		}
		for _, v := range b.Versions {
			add(query{Bucket: b.Name, Fingerprint: v.Fingerprint, iterationID: v.ID})
		}
	}
	switch g.IntN(20) {
	case 0:
		add(query{Bucket: "no-such-bucket", Channel: "production"})
	case 1:
		add(query{Bucket: p.Buckets[0].Name, Channel: "no-such-channel"})
	case 2:
		add(query{Bucket: p.Buckets[0].Name, Fingerprint: "no-such-fingerprint", iterationID: "no-such-id"})
	}
	return queries
}

// packerQuery is what the program datasources reads.
type packerQuery struct {
	DataSource string            `json:"data_source"`
	ProjectID  string            `json:"project_id"`
	Config     map[string]string `json:"config"`
}

// answer is that of one of Packer's data sources, with those of its attributes that are
// compared.
type answer struct {
	Error string
	Value struct {
		ID                 string // of an iteration, or the image ID of an hcp-packer-image
		Fingerprint        string
		ExternalIdentifier string `json:"external_identifier"`
	}
}

func (a answer) imageID() string {
	if a.Value.ExternalIdentifier != "" {
		return a.Value.ExternalIdentifier
	}
	return a.Value.ID
}

// packer returns the queries of Packer's data sources, current and deprecated, that
// correspond to the query.
func (q query) packer() []packerQuery {
	switch {
	case q.CloudProvider != "":
		current := map[string]string{"bucket_name": q.Bucket, "platform": q.CloudProvider, "region": q.Region, "component_type": q.ComponentType}
		deprecated := map[string]string{"bucket_name": q.Bucket, "cloud_provider": q.CloudProvider, "region": q.Region, "component_type": q.ComponentType}
		if q.Channel != "" {
			current["channel_name"], deprecated["channel"] = q.Channel, q.Channel
		} else {
			current["version_fingerprint"], deprecated["iteration_id"] = q.Fingerprint, q.iterationID
		}
		return []packerQuery{{"hcp-packer-artifact", q.ProjectID, current}, {"hcp-packer-image", q.ProjectID, deprecated}}
	case q.Channel != "":
		return []packerQuery{
			{"hcp-packer-version", q.ProjectID, map[string]string{"bucket_name": q.Bucket, "channel_name": q.Channel}},
			{"hcp-packer-iteration", q.ProjectID, map[string]string{"bucket_name": q.Bucket, "channel": q.Channel}},
		}
	default:
		return nil
	}
}

// askPacker returns the answers of Packer's data sources to each query.
func (l *lab) askPacker(t *testing.T, queries map[string]query) map[string][]answer {
	t.Helper()
	var asked []packerQuery
	keys := slices.Sorted(maps.Keys(queries))
	for _, key := range keys {
		asked = append(asked, queries[key].packer()...)
	}
	answers := l.evaluate(t, asked)
	byQuery := make(map[string][]answer)
	for _, key := range keys {
		n := len(queries[key].packer())
		byQuery[key], answers = answers[:n], answers[n:]
	}
	return byQuery
}

// evaluate has Packer's data sources evaluated by the program datasources.
func (l *lab) evaluate(t *testing.T, queries []packerQuery) []answer {
	t.Helper()
	input, err := json.Marshal(queries)
	if err != nil {
		t.Fatal(err)
	}
	command := l.command(t, nil, *dataSourcesPath)
	command.Stdin = bytes.NewReader(input)
	var log strings.Builder
	command.Stderr = &log
	output, err := command.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	var answers []answer
	if err := json.Unmarshal(output, &answers); err != nil || len(answers) != len(queries) {
		t.Fatalf("%d answers to %d queries: %v", len(answers), len(queries), err)
	}
	return answers
}
