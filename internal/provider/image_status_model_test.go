package provider

import (
	"errors"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

var testImage = registry.ImageReference{
	Location: registry.Location{OrganizationID: testOrganization, ProjectID: testProject},
	ImageID:  "ami-1", CloudProvider: "aws",
}

// encodedImageStatus returns the state that Terraform gets, decoded with the schema, so
// that an attribute that differs from the schema is an error.
func encodedImageStatus(t *testing.T, status registry.ImageStatus) map[string]tftypes.Value {
	t.Helper()
	schemas, err := newServer(&packerProvider{}).GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	schema := schemas.DataSourceSchemas["packer_image_status"]
	state := config(t, schema, map[string]any{"image_id": "ami-1", "cloud_provider": "aws"})
	encoded, err := encodeImageStatus(status, maxStateSize)
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

func TestStateOfImageStatus(t *testing.T) {
	now := time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)
	iteration := &registry.Iteration{
		ID: "it", Version: "v7", Fingerprint: "f00d", AuthorID: "author", Status: "ACTIVE",
		Revocation: registry.Revocation{At: now, Author: "ops", Message: "CVE", Type: "MANUAL"},
		Builds: []registry.Build{
			{
				ID: "b1", ComponentType: "amazon-ebs.web", CloudProvider: "aws", Labels: map[string]string{"os": "ubuntu"},
				Images: []registry.Image{{ImageID: "ami-1", Region: "eu-central-1"}, {ImageID: "ami-1", Region: "us-east-1"}},
			},
			{ID: "b2", Images: []registry.Image{{}}},
		},
	}
	bare := &registry.Iteration{ID: "bare", Builds: []registry.Build{{Images: []registry.Image{{}}}}}
	state := encodedImageStatus(t, registry.ImageStatus{
		Reference: testImage, Time: now,
		Publications: []registry.Publication{{Bucket: "web", Iteration: iteration}, {Iteration: bare}},
	})
	requireMembers(t, "status", state, map[string]any{
		"image_id": "ami-1", "cloud_provider": "aws", "organization_id": testOrganization, "project_id": testProject,
		"tracked": true, "revoked": true, "revoke_at": "2026-03-14T12:00:00Z",
	})
	entries := elements(t, state["iterations"])
	if len(entries) != 4 {
		t.Fatalf("%d entries", len(entries))
	}
	first := members(t, entries[0])
	requireMembers(t, "iterations[0]", first, map[string]any{
		"bucket": "web", "id": "it", "version": "v7", "fingerprint": "f00d", "author_id": "author", "status": "ACTIVE",
		"revoked": true, "revoke_at": "2026-03-14T12:00:00Z", "revocation_message": "CVE", "revocation_author": "ops", "revocation_type": "MANUAL",
		"build_id": "b1", "component_type": "amazon-ebs.web", "cloud_provider": "aws", "region": "eu-central-1",
	})
	requireMembers(t, "iterations[0].labels", members(t, first["labels"]), map[string]any{"os": "ubuntu"})
	requireNull(t, "iterations[0]", first, allNames(first))
	requireMembers(t, "iterations[1]", members(t, entries[1]), map[string]any{"build_id": "b1", "region": "us-east-1"})
	requireMembers(t, "iterations[2]", members(t, entries[2]), map[string]any{"build_id": "b2", "region": nil, "revoked": true})

	last := members(t, entries[3])
	requireNull(t, "iterations[3]", last, map[string]bool{"id": true, "revoked": true, "labels": true})
	requireMembers(t, "iterations[3]", last, map[string]any{"id": "bare", "revoked": false})
	if len(members(t, last["labels"])) != 0 {
		t.Errorf("labels of a build without: %s", last["labels"])
	}
}

func TestStateOfUntrackedImage(t *testing.T) {
	state := encodedImageStatus(t, registry.ImageStatus{Reference: testImage})
	requireMembers(t, "status", state, map[string]any{"tracked": false, "revoked": false, "revoke_at": nil})
	if state["iterations"].IsNull() || len(elements(t, state["iterations"])) != 0 {
		t.Errorf("iterations = %s", state["iterations"])
	}
}

// A state of the maximum size is encoded, and a larger one is an error.
func TestSizeOfImageStatus(t *testing.T) {
	status := registry.ImageStatus{Publications: []registry.Publication{{
		Iteration: &registry.Iteration{Builds: []registry.Build{{Images: make([]registry.Image, 3)}}},
	}}}
	encoded, err := encodeImageStatus(status, maxStateSize)
	if err != nil {
		t.Fatal(err)
	}
	size := int64(len(encoded))
	if _, err := encodeImageStatus(status, size); err != nil {
		t.Errorf("%d bytes of at most %d: %v", size, size, err)
	}
	var tooLarge *stateTooLargeError
	if encoded, err := encodeImageStatus(status, size-1); !errors.As(err, &tooLarge) || *tooLarge != (stateTooLargeError{3, size, size - 1}) || encoded != nil {
		t.Errorf("%d bytes of at most %d: %v", size, size-1, err)
	}
}
