package hcp

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

var queriedChannel = registry.Reference{Bucket: "web", Channel: "production"}

// fullResponse has every field that HCP's API has for a channel, as the SDK's
// models name them.
const fullResponse = `{"channel": {
  "id": "01CHANNEL", "name": "production", "bucket_name": "web", "author_id": "author-c",
  "managed": false, "restricted": true,
  "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-02T00:00:00Z",
  "version": {
    "id": "01VERSION", "name": "v7", "fingerprint": "f00d", "bucket_name": "web", "author_id": "author-v",
    "status": "VERSION_REVOKED", "template_type": "HCL2", "has_descendants": true,
    "created_at": "2026-01-03T04:05:06.789Z", "updated_at": "2026-01-04T00:00:00+02:00",
    "parents": {"href": "/parents", "status": "OUT_OF_DATE"},
    "revoke_at": "2026-02-01T00:00:00Z", "revocation_message": "CVE", "revocation_author": "ops",
    "revocation_type": "INHERITED",
    "revocation_inherited_from": {
      "bucket_name": "base", "href": "/base", "version_fingerprint": "beef", "version_id": "01BASE", "version_name": "v2"
    },
    "builds": [
      {
        "id": "01BUILD", "version_id": "01VERSION", "component_type": "amazon-ebs.web", "platform": "aws",
        "status": "BUILD_DONE", "labels": {"os": "ubuntu"}, "packer_run_uuid": "run-1",
        "source_external_identifier": "ami-base", "metadata": {"packer": {}},
        "created_at": "2026-01-05T00:00:00Z", "updated_at": "2026-01-06T00:00:00Z",
        "artifacts": [
          {"id": "01IMAGE", "external_identifier": "ami-1", "region": "eu-central-1", "created_at": "2026-01-07T00:00:00Z"},
          {"id": "02IMAGE", "external_identifier": "ami-2", "region": "us-east-1", "created_at": "2026-01-08T00:00:00Z"}
        ]
      },
      {"id": "02BUILD"}
    ]
  }
}}`

func decode(t *testing.T, response string) (*registry.Iteration, error) {
	t.Helper()
	var payload models.HashicorpCloudPacker20230101GetChannelResponse
	if err := decodeResponse(strings.NewReader(response), &payload); err != nil {
		t.Fatalf("the SDK's own decoder refuses the response: %v", err)
	}
	return channelIteration(queriedChannel, payload.Channel)
}

func TestIterationOfFullResponse(t *testing.T) {
	day := func(month time.Month, day int) time.Time { return time.Date(2026, month, day, 0, 0, 0, 0, time.UTC) }
	want := &registry.Iteration{
		ID: "01VERSION", Version: "v7", Fingerprint: "f00d", AuthorID: "author-v",
		TemplateType: "HCL2", Status: "REVOKED",
		CreatedAt: time.Date(2026, 1, 3, 4, 5, 6, 789e6, time.UTC),
		UpdatedAt: time.Date(2026, 1, 3, 22, 0, 0, 0, time.UTC),
		Revocation: registry.Revocation{
			At: day(2, 1), Author: "ops", Message: "CVE", Type: "INHERITED",
			InheritedFrom: &registry.Ancestor{Bucket: "base", IterationID: "01BASE", Fingerprint: "beef", Version: "v2"},
		},
		ParentsStatus: "OUT_OF_DATE", HasDescendants: true, Channel: registry.Channel{ID: "01CHANNEL", AuthorID: "author-c", UpdatedAt: day(1, 2)},
		Builds: []registry.Build{
			{
				ID: "01BUILD", IterationID: "01VERSION", ComponentType: "amazon-ebs.web", CloudProvider: "aws",
				Status: "DONE", Labels: map[string]string{"os": "ubuntu"}, PackerRunUUID: "run-1", SourceImageID: "ami-base",
				CreatedAt: day(1, 5), UpdatedAt: day(1, 6),
				Images: []registry.Image{
					{ID: "01IMAGE", ImageID: "ami-1", Region: "eu-central-1", CreatedAt: day(1, 7)},
					{ID: "02IMAGE", ImageID: "ami-2", Region: "us-east-1", CreatedAt: day(1, 8)},
				},
			},
			{ID: "02BUILD"},
		},
	}
	got, err := decode(t, fullResponse)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	requireNoZeroField(t, "Iteration", reflect.ValueOf(*got))
}

// requireNoZeroField fails for a field of the domain that a full response does
// not fill, as happens when a field is added and its conversion forgotten.
func requireNoZeroField(t *testing.T, name string, value reflect.Value) {
	t.Helper()
	switch {
	case value.IsZero():
		t.Errorf("%s is not filled", name)
	case value.Type() == reflect.TypeFor[time.Time]():
	case value.Kind() == reflect.Pointer:
		requireNoZeroField(t, name, value.Elem())
	case value.Kind() == reflect.Slice:
		requireNoZeroField(t, name+"[0]", value.Index(0))
	case value.Kind() == reflect.Struct:
		for i := range value.NumField() {
			requireNoZeroField(t, name+"."+value.Type().Field(i).Name, value.Field(i))
		}
	}
}

func TestIterationOfHoles(t *testing.T) {
	bare := func() *registry.Iteration { return &registry.Iteration{ID: "01"} }
	with := func(change func(*registry.Iteration)) *registry.Iteration {
		iteration := bare()
		change(iteration)
		return iteration
	}
	for name, tc := range map[string]struct {
		version string // the members of the version besides its ID
		want    *registry.Iteration
	}{
		"nothing but the ID": {``, bare()},
		"all null": {
			`"name": null, "fingerprint": null, "author_id": null, "status": null, "template_type": null,
			 "has_descendants": null, "created_at": null, "updated_at": null, "parents": null, "revoke_at": null,
			 "revocation_message": null, "revocation_author": null, "revocation_type": null,
			 "revocation_inherited_from": null, "builds": null`, bare(),
		},
		"all empty": {
			`"name": "", "fingerprint": "", "author_id": "", "status": "", "template_type": "",
			 "created_at": "", "updated_at": "", "parents": {}, "revoke_at": "", "revocation_message": "",
			 "revocation_author": "", "revocation_type": "", "revocation_inherited_from": {"href": "/base"}, "builds": []`, bare(),
		},
		"zero times": {
			`"revoke_at": "0001-01-01T00:00:00Z", "created_at": "0001-01-01T00:00:00.000Z", "updated_at": ""`, bare(),
		},
		"enums unset": {
			`"status": "VERSION_UNSET", "template_type": "TEMPLATE_TYPE_UNSET", "revocation_type": "REVOCATION_TYPE_UNSET"`, bare(),
		},
		"enums unknown": {
			`"status": "VERSION_QUARANTINED", "template_type": "YAML", "revocation_type": "AUTOMATIC", "parents": {"status": "LOST"}`,
			with(func(it *registry.Iteration) {
				it.Status, it.TemplateType, it.Revocation.Type, it.ParentsStatus = "QUARANTINED", "YAML", "AUTOMATIC", "LOST"
			}),
		},
		"status without the prefix": {`"status": "ACTIVE"`, with(func(it *registry.Iteration) { it.Status = "ACTIVE" })},
		"name that is no vN":        {`"name": "golden"`, with(func(it *registry.Iteration) { it.Version = "golden" })},
		"null build":                {`"builds": [null]`, bare()},
		"empty build":               {`"builds": [{}]`, with(func(it *registry.Iteration) { it.Builds = []registry.Build{{}} })},
		"null artifacts":            {`"builds": [{"artifacts": null, "labels": null}]`, with(func(it *registry.Iteration) { it.Builds = []registry.Build{{}} })},
		"null artifact":             {`"builds": [{"artifacts": [null]}]`, with(func(it *registry.Iteration) { it.Builds = []registry.Build{{}} })},
		"empty artifact": {`"builds": [{"artifacts": [{}]}]`, with(func(it *registry.Iteration) {
			it.Builds = []registry.Build{{Images: []registry.Image{{}}}}
		})},
		"build enum unset":   {`"builds": [{"status": "BUILD_UNSET"}]`, with(func(it *registry.Iteration) { it.Builds = []registry.Build{{}} })},
		"build enum unknown": {`"builds": [{"status": "BUILD_PAUSED"}]`, with(func(it *registry.Iteration) { it.Builds = []registry.Build{{Status: "PAUSED"}} })},
	} {
		t.Run(name, func(t *testing.T) {
			members := `"id": "01"`
			if tc.version != "" {
				members += ", " + tc.version
			}
			got, err := decode(t, `{"channel": {"name": "production", "version": {`+members+`}}}`)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, tc.want) {
				t.Errorf("got  %+v\nwant %+v", got, tc.want)
			}
		})
	}
}

func TestIterationOfUnusableResponses(t *testing.T) {
	for name, tc := range map[string]struct {
		response string
		problem  string // empty: the channel is unassigned
	}{
		"null":                    {`null`, "has no channel"},
		"empty":                   {`{}`, "has no channel"},
		"null channel":            {`{"channel": null}`, "has no channel"},
		"empty channel":           {`{"channel": {}}`, "has no channel"},
		"unassigned":              {`{"channel": {"id": "01", "name": "production"}}`, ""},
		"unassigned by null":      {`{"channel": {"id": "01", "version": null}}`, ""},
		"empty version":           {`{"channel": {"id": "01", "version": {}}}`, "without an ID"},
		"version without ID":      {`{"channel": {"id": "01", "version": {"name": "v7"}}}`, "without an ID"},
		"another channel":         {`{"channel": {"name": "staging", "version": {"id": "01"}}}`, "another channel"},
		"channel of other bucket": {`{"channel": {"name": "production", "bucket_name": "db", "version": {"id": "01"}}}`, "another channel"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := decode(t, tc.response)
			if got != nil {
				t.Errorf("got iteration %+v", got)
			}
			var failure *registry.Failure
			var unassigned *registry.UnassignedError
			switch {
			case tc.problem == "" && errors.As(err, &unassigned):
			case tc.problem != "" && errors.As(err, &failure) && failure.Kind == registry.InvalidResponse && strings.Contains(err.Error(), tc.problem):
			default:
				t.Errorf("got error %v", err)
			}
		})
	}
}

func TestNamesMayDifferInCase(t *testing.T) {
	got, err := decode(t, `{"channel": {"name": "Production", "bucket_name": "WEB", "version": {"id": "01"}}}`)
	if err != nil || got.ID != "01" {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestActivationOf(t *testing.T) {
	for name, tc := range map[string]struct {
		response string
		want     registry.Activation
		fails    bool
	}{
		"active":       {`{"config": {"activated": true, "feature_tier": "PLUS"}}`, registry.Activation{Active: true}, false},
		"inactive":     {`{"config": {}}`, registry.Activation{}, false},
		"no registry":  {`null`, registry.Activation{}, true},
		"no config":    {`{"id": "01"}`, registry.Activation{}, true},
		"empty reason": {`{"config": {"billing_deprovision": {}}}`, registry.Activation{}, false},
		"deprovisioned": {
			`{"config": {"billing_deprovision": {"at": "2026-02-01T00:00:00Z", "message": "card expired", "reason": "DELINQUENT_BILLING_ACCOUNT"}}}`,
			registry.Activation{Deprovision: registry.Deprovision{
				At: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC), Message: "card expired", Reason: "DELINQUENT_BILLING_ACCOUNT",
			}},
			false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			var response *models.HashicorpCloudPacker20230101Registry
			if err := decodeResponse(strings.NewReader(tc.response), &response); err != nil {
				t.Fatal(err)
			}
			got, err := activationOf(response)
			if got != tc.want || (err != nil) != tc.fails {
				t.Errorf("got %+v, %v; want %+v", got, err, tc.want)
			}
		})
	}
}

// Packer refuses an iteration whose revocation is dated 1970-01-01, so that is a date.
// Only an empty one, null and the year 1 stand for none.
func TestRevocationDates(t *testing.T) {
	for value, want := range map[string]time.Time{
		`null`:                                  {},
		`""`:                                    {},
		`"0001-01-01T00:00:00Z"`:                {},
		`"0001-01-01T00:00:00.000+01:00"`:       {},
		`"1970-01-01T00:00:00Z"`:                time.Unix(0, 0),
		`"1970-01-01T05:30:00.000000+05:30"`:    time.Unix(0, 0),
		`"1969-12-31T19:00:00.000000000-05:00"`: time.Unix(0, 0),
		`"2026-02-01T00:00:00Z"`:                time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC),
		`"9999-12-31T23:59:59-01:00"`:           time.Date(10000, 1, 1, 0, 59, 59, 0, time.UTC),
	} {
		got, err := decode(t, `{"channel": {"id": "01", "version": {"id": "01", "name": "format\":\"\"", "revoke_at" : `+value+`}}}`)
		if err != nil || !got.Revocation.At.Equal(want) {
			t.Errorf("%s: got %v, %v", value, got, err)
			continue
		}
		if text := got.Revocation.At.Format(time.RFC3339Nano); len(text) > 0 && !got.Revocation.At.IsZero() {
			if _, err := time.Parse(time.RFC3339, text); err != nil {
				t.Errorf("%s becomes %s: %v", value, text, err)
			}
		}
		if got.Version != `format":""` {
			t.Errorf("%s: the name became %q", value, got.Version)
		}
	}
}

// Terraform normalizes its strings to NFC, so whatever images are selected by is
// normalized too. Of labels with equal names, always the same counts.
func TestNormalization(t *testing.T) {
	const decomposed, composed = "u\u0308ber", "\u00fcber"
	response := strings.ReplaceAll(`{"channel": {"id": "01", "version": {"id": "01", "builds": [{
		"platform": "X", "component_type": "X", "labels": {"X": "X", "`+composed+`": "other"},
		"artifacts": [{"external_identifier": "X", "region": "X"}]}]}}}`, "X", decomposed)
	for range 20 { // maps are iterated in random order
		got, err := decode(t, response)
		if err != nil {
			t.Fatal(err)
		}
		want := registry.Build{
			CloudProvider: composed, ComponentType: composed, Labels: map[string]string{composed: composed},
			Images: []registry.Image{{ImageID: composed, Region: composed}},
		}
		if !reflect.DeepEqual(got.Builds, []registry.Build{want}) {
			t.Fatalf("got %+q", got.Builds)
		}
	}
}
