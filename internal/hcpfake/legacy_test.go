package hcpfake_test

import (
	"errors"
	"testing"

	"github.com/go-openapi/strfmt"
	packerold "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2021-04-30/client/packer_service"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2021-04-30/models"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
)

const packer2021 = "/packer/2021-04-30/organizations/" + orgID + "/projects/" + projectID

func TestLegacyChannel(t *testing.T) {
	fake, clients := setup(t)
	channel := func(slug string) *models.HashicorpCloudPackerChannel {
		t.Helper()
		got, err := clients.packer2021.PackerServiceGetChannel(packerold.NewPackerServiceGetChannelParams().
			WithLocationOrganizationID(orgID).WithLocationProjectID(projectID).WithBucketSlug("ubuntu").WithSlug(slug), nil)
		check(t, err)
		check(t, got.Payload.Validate(strfmt.Default))
		return got.Payload.Channel
	}
	ch := channel("production")
	equal(t, "the slug", ch.Slug, "production")
	equal(t, "the bucket", ch.BucketSlug, "ubuntu")
	it := ch.Iteration
	equal(t, "the incremental version", it.IncrementalVersion, 2)
	equal(t, "complete", it.Complete, true)
	equal(t, "the build's iteration", it.Builds[0].IterationID, it.ID)
	equal(t, "the build's status", *it.Builds[0].Status, models.HashicorpCloudPackerBuildStatusDONE)
	equal(t, "the cloud", it.Builds[0].CloudProvider, "aws")
	equal(t, "the image", it.Builds[0].Images[1].ImageID, "ami-eu-v2")

	empty := channel("staging")
	if empty.Iteration != nil {
		t.Errorf("got %+v, want no iteration", empty)
	}

	check(t, fake.Revoke(hcpfake.Revocation{
		ProjectID: projectID, Bucket: "ubuntu", Version: "v2", Author: "someone", Message: "why", KeepChannels: true,
	}))
	it = channel("production").Iteration
	equal(t, "revoked at", it.RevokeAt.String(), "2024-11-04T12:00:00.000Z")
	equal(t, "revoked by", it.RevocationAuthor, "someone")

	_, err := clients.packer2021.PackerServiceGetChannel(packerold.NewPackerServiceGetChannelParams().
		WithLocationOrganizationID(orgID).WithLocationProjectID(projectID).WithBucketSlug("ubuntu").WithSlug("x"), nil)
	var missing *packerold.PackerServiceGetChannelDefault
	if !errors.As(err, &missing) || missing.Code() != 404 || missing.Payload.Code != 5 {
		t.Errorf("got %v, want 404 with code 5", err)
	}
}

func TestLegacyIteration(t *testing.T) {
	fake, clients := setup(t)
	var id string
	fake.Update(func(s *hcpfake.Seed) {
		b := s.Project(projectID).Bucket("ubuntu")
		id = b.Version("v2").ID
		b.Version("v2").Builds = append(b.Version("v2").Builds, nil, &hcpfake.Build{Artifacts: []*hcpfake.Artifact{nil}})
	})
	fingerprint := "fp-v2"
	params := func() *packerold.PackerServiceGetIterationParams {
		return packerold.NewPackerServiceGetIterationParams().
			WithLocationOrganizationID(orgID).WithLocationProjectID(projectID).WithBucketSlug("ubuntu")
	}
	for name, p := range map[string]*packerold.PackerServiceGetIterationParams{
		"ID":          params().WithIterationID(&id),
		"fingerprint": params().WithFingerprint(&fingerprint),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := clients.packer2021.PackerServiceGetIteration(p, nil)
			check(t, err)
			equal(t, "the fingerprint", got.Payload.Iteration.Fingerprint, "fp-v2")
			equal(t, "the number of builds", len(got.Payload.Iteration.Builds), 3)
		})
	}
	for query, want := range map[string]int{
		"":                400,
		"?iteration_id=x": 404,
		"?iteration_id=" + id + "&fingerprint=fp-v2": 400,
	} {
		equal(t, "the status of "+query, get(t, fake, packer2021+"/images/ubuntu/iteration"+query).Code, want)
	}
	wantStatus(t, get(t, fake, packer2021+"/images/ubuntu/iteration?fingerprint=x"), 409, 10)
}
