package provider

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// encodedState returns the state that Terraform gets, decoded with the schema, so
// that an attribute that differs from the schema is an error.
func encodedState(t *testing.T, at registry.Location, iteration *registry.Iteration) map[string]tftypes.Value {
	t.Helper()
	schemas, err := newServer(&packerProvider{}).GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	schema := schemas.DataSourceSchemas["packer_image_iteration"]
	state := config(t, schema, map[string]any{"bucket": "web", "channel": "production"})
	resolution := registry.Resolution{Reference: registry.Reference{Location: at}, Iteration: iteration}
	encoded, err := encodeState(resolution, iteration.Builds, maxStateSize)
	if err != nil {
		t.Fatal(err)
	}
	if err := mergeState(state, encoded); err != nil {
		t.Fatal(err)
	}
	value, err := state.Unmarshal(schema.ValueType())
	if err != nil {
		t.Fatal(err)
	}
	return members(t, value)
}

func members(t *testing.T, value tftypes.Value) map[string]tftypes.Value {
	t.Helper()
	var m map[string]tftypes.Value
	if err := value.As(&m); err != nil {
		t.Fatal(err)
	}
	return m
}

func elements(t *testing.T, value tftypes.Value) []tftypes.Value {
	t.Helper()
	var list []tftypes.Value
	if err := value.As(&list); err != nil {
		t.Fatal(err)
	}
	return list
}

// requireMembers compares members of an object that are primitive. nil means null.
func requireMembers(t *testing.T, what string, object map[string]tftypes.Value, want map[string]any) {
	t.Helper()
	for name, value := range want {
		got := object[name]
		if !got.Equal(tftypes.NewValue(got.Type(), value)) {
			t.Errorf("%s.%s = %s, want %v", what, name, got, value)
		}
	}
}

func TestStateOfCompleteIteration(t *testing.T) {
	// Each time is another second of one minute.
	at := func(second int) time.Time { return time.Date(2026, 1, 2, 3, 4, second, 678e6, time.UTC) }
	utc := func(second int) string { return fmt.Sprintf("2026-01-02T03:04:%02d.678Z", second) }
	build := registry.Build{
		ID: "b1", IterationID: "it", ComponentType: "amazon-ebs.web", CloudProvider: "aws", Status: "DONE",
		Labels: map[string]string{"os": "ubuntu"}, PackerRunUUID: "run", SourceImageID: "ami-0",
		CreatedAt: at(1), UpdatedAt: at(2),
		Images: []registry.Image{
			{ID: "i1", ImageID: "ami-1", Region: "eu-central-1", CreatedAt: at(3)},
			{ID: "i2", ImageID: "ami-2", Region: "us-east-1"},
		},
	}
	state := encodedState(t, registry.Location{OrganizationID: "org", ProjectID: "project"}, &registry.Iteration{
		ID: "it", Version: "v7", Fingerprint: "f00d", AuthorID: "author", TemplateType: "HCL2", Status: "REVOCATION_SCHEDULED",
		CreatedAt: at(4), UpdatedAt: at(5),
		Revocation: registry.Revocation{
			At: at(6), Author: "ops", Message: "CVE", Type: "INHERITED",
			InheritedFrom: &registry.Ancestor{Bucket: "base", IterationID: "b", Fingerprint: "beef", Version: "v2"},
		},
		ParentsStatus: "UP_TO_DATE", HasDescendants: true, Channel: registry.Channel{ID: "ch", AuthorID: "promoter", UpdatedAt: time.Date(2026, 1, 9, 0, 0, 0, 0, time.UTC)},
		Builds: []registry.Build{build, {ID: "b2"}},
	})

	requireMembers(t, "iteration", state, map[string]any{
		"bucket": "web", "channel": "production", "organization_id": "org", "project_id": "project",
		"id": "it", "version": "v7", "incremental_version": 7, "fingerprint": "f00d", "author_id": "author",
		"template_type": "HCL2", "status": "REVOCATION_SCHEDULED", "created_at": utc(4), "updated_at": utc(5),
		"revoke_at": utc(6), "revocation_message": "CVE", "revocation_author": "ops", "revocation_type": "INHERITED",
		"parents_status": "UP_TO_DATE", "has_descendants": true, "channel_id": "ch", "channel_author_id": "promoter", "channel_updated_at": "2026-01-09T00:00:00Z",
	})
	requireNull(t, "iteration", without(state, "timeouts", "cloud_provider", "region", "component_type", "labels", "allow_revoked"), allNames(state))
	requireMembers(t, "revocation_inherited_from", members(t, state["revocation_inherited_from"]), map[string]any{
		"bucket": "base", "iteration_id": "b", "fingerprint": "beef", "version": "v2",
	})

	builds := elements(t, state["builds"])
	if len(builds) != 2 {
		t.Fatalf("%d builds", len(builds))
	}
	first := members(t, builds[0])
	requireMembers(t, "builds[0]", first, map[string]any{
		"id": "b1", "iteration_id": "it", "component_type": "amazon-ebs.web", "cloud_provider": "aws", "status": "DONE",
		"packer_run_uuid": "run", "source_image_id": "ami-0", "created_at": utc(1), "updated_at": utc(2),
	})
	requireMembers(t, "builds[0].labels", members(t, first["labels"]), map[string]any{"os": "ubuntu"})
	requireNull(t, "builds[0]", first, allNames(first))
	images := elements(t, first["images"])
	requireMembers(t, "builds[0].images[0]", members(t, images[0]), map[string]any{
		"id": "i1", "image_id": "ami-1", "region": "eu-central-1", "created_at": utc(3),
	})

	flat := elements(t, state["images"])
	if len(images) != 2 || len(flat) != 2 {
		t.Fatalf("%d nested and %d flat images", len(images), len(flat))
	}
	requireMembers(t, "images[0]", members(t, flat[0]), map[string]any{
		"id": "i1", "image_id": "ami-1", "region": "eu-central-1", "created_at": utc(3),
		"cloud_provider": "aws", "component_type": "amazon-ebs.web", "build_id": "b1",
	})
	requireNull(t, "images[0]", members(t, flat[0]), allNames(members(t, flat[0])))
	requireMembers(t, "images[1]", members(t, flat[1]), map[string]any{"image_id": "ami-2", "created_at": nil})
	requireMembers(t, "images[1].labels", members(t, members(t, flat[1])["labels"]), map[string]any{"os": "ubuntu"})
}

// Times in the first and the last year that RFC 3339 can express, but not in UTC.
var (
	lastMoment  = time.Date(9999, 12, 31, 23, 59, 59, 0, time.FixedZone("", -5*60*60))
	firstMoment = time.Date(0, 1, 1, 0, 0, 0, 0, time.FixedZone("", 60*60))
)

// Times whose year in UTC is not within 0 to 9999 are valid RFC 3339.
func TestStateOfExtremeTimes(t *testing.T) {
	state := encodedState(t, registry.Location{}, &registry.Iteration{CreatedAt: firstMoment, Revocation: registry.Revocation{At: lastMoment}})
	for name, want := range map[string]time.Time{"created_at": firstMoment, "revoke_at": lastMoment} {
		var text string
		if err := state[name].As(&text); err != nil {
			t.Fatal(err)
		}
		if got, err := time.Parse(time.RFC3339, text); err != nil || !got.Equal(want) {
			t.Errorf("%s is %q: %v", name, text, err)
		}
	}
}

// What HCP does not provide is null; lists and maps are empty instead.
func TestStateOfEmptyIteration(t *testing.T) {
	state := encodedState(t, registry.Location{}, &registry.Iteration{
		ID: "it", Builds: []registry.Build{{Images: []registry.Image{{}}}, {}},
	})
	given := map[string]bool{"bucket": true, "channel": true, "id": true, "has_descendants": true, "builds": true, "images": true}
	requireNull(t, "iteration", state, given)
	requireMembers(t, "iteration", state, map[string]any{"has_descendants": false})

	builds, flat := elements(t, state["builds"]), elements(t, state["images"])
	if len(builds) != 2 || len(flat) != 1 {
		t.Fatalf("%d builds and %d images", len(builds), len(flat))
	}
	for _, build := range builds {
		object := members(t, build)
		requireNull(t, "build", object, map[string]bool{"labels": true, "images": true})
		if len(members(t, object["labels"])) != 0 {
			t.Errorf("labels of a build without: %s", object["labels"])
		}
	}
	requireNull(t, "builds[0].images[0]", members(t, elements(t, members(t, builds[0])["images"])[0]), nil)
	if images := elements(t, members(t, builds[1])["images"]); len(images) != 0 {
		t.Errorf("images of a build without: %v", images)
	}
	requireNull(t, "images[0]", members(t, flat[0]), map[string]bool{"labels": true})
}

// allNames returns the names of an object's members.
func allNames(object map[string]tftypes.Value) map[string]bool {
	names := make(map[string]bool, len(object))
	for name := range object {
		names[name] = true
	}
	return names
}

func without(object map[string]tftypes.Value, names ...string) map[string]tftypes.Value {
	rest := maps.Clone(object)
	for _, name := range names {
		delete(rest, name)
	}
	return rest
}

// requireNull requires that all members are null except those in given.
func requireNull(t *testing.T, what string, object map[string]tftypes.Value, given map[string]bool) {
	t.Helper()
	for name, value := range object {
		if value.IsNull() == given[name] {
			t.Errorf("%s.%s = %s", what, name, value)
		}
	}
}

// A state of the maximum size is encoded, and a larger one is an error, whether
// the lower bound or only the encoding shows that.
func TestStateSize(t *testing.T) {
	for name, builds := range map[string][]registry.Build{
		"no builds":    {},
		"bare build":   {{}},
		"bare images":  {{Images: make([]registry.Image, 3)}, {Images: make([]registry.Image, 1)}},
		"labels":       {{ID: "b", Labels: map[string]string{"a": strings.Repeat("x", 1000), "b": ""}, Images: make([]registry.Image, 50)}},
		"many builds":  slices.Repeat([]registry.Build{{ComponentType: "amazon-ebs.web", Images: make([]registry.Image, 2)}}, 50),
		"long strings": {{ID: "1", ComponentType: strings.Repeat("c", 300), CloudProvider: "aws", Images: []registry.Image{{ID: "i", ImageID: "a", Region: "r"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			resolution := registry.Resolution{Iteration: &registry.Iteration{ID: "it"}}
			encoded, err := encodeState(resolution, builds, maxStateSize)
			if err != nil {
				t.Fatal(err)
			}
			size := int64(len(encoded))
			bound := minStateSize(builds)
			if bound > size {
				t.Errorf("the lower bound of %d bytes is %d", size, bound)
			}
			if again, err := encodeState(resolution, builds, size); err != nil || int64(len(again)) != size {
				t.Errorf("%d bytes of at most %d: %v", size, size, err)
			}
			for maximum, found := range map[int64]int64{size - 1: size, bound - 1: bound} {
				var tooLarge *stateTooLargeError
				if _, err := encodeState(resolution, builds, maximum); !errors.As(err, &tooLarge) || tooLarge.size != found {
					t.Errorf("%d bytes of at most %d: %v, want an error of %d bytes", size, maximum, err, found)
				}
			}
		})
	}
}

// The lower bound is tight for long labels, and does not overflow.
func TestMinStateSize(t *testing.T) {
	labels := map[string]string{"label": strings.Repeat("x", 100_000)}
	few := []registry.Build{{Labels: labels, Images: make([]registry.Image, 10)}}
	encoded, err := encode(newState(registry.Resolution{Iteration: &registry.Iteration{}}, few))
	if err != nil {
		t.Fatal(err)
	}
	if bound := minStateSize(few); bound < int64(len(encoded))*99/100 {
		t.Errorf("the lower bound of %d bytes is %d", len(encoded), bound)
	}
	many := slices.Repeat([]registry.Build{{Labels: labels, Images: make([]registry.Image, 100_000)}}, 10)
	if bound := minStateSize(many); bound < 100e9 {
		t.Errorf("the lower bound of more than 100 GB is %d", bound)
	}
}
