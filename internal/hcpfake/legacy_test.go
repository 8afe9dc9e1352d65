package hcpfake_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-openapi/strfmt"
	packerold "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2021-04-30/client/packer_service"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2021-04-30/models"
	current "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"

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
	equal(t, "the pointer's iteration", ch.Pointer.Iteration.ID, ch.Iteration.ID)
	it := ch.Iteration
	equal(t, "the incremental version", it.IncrementalVersion, 2)
	equal(t, "complete", it.Complete, true)
	equal(t, "the build's iteration", it.Builds[0].IterationID, it.ID)
	equal(t, "the build's status", *it.Builds[0].Status, models.HashicorpCloudPackerBuildStatusDONE)
	equal(t, "the cloud", it.Builds[0].CloudProvider, "aws")
	equal(t, "the image", it.Builds[0].Images[1].ImageID, "ami-eu-v2")

	empty := channel("staging")
	if empty.Iteration != nil || empty.Pointer != nil {
		t.Errorf("got %+v, want no iteration", empty)
	}

	check(t, fake.Revoke(hcpfake.Revocation{
		ProjectID: projectID, Bucket: "ubuntu", Version: "v2", Author: "someone", Message: "why", KeepChannels: true,
	}))
	it = channel("production").Iteration
	equal(t, "revoked at", it.RevokeAt.String(), "2024-11-04T12:00:00.000Z")
	equal(t, "revoked by", it.RevocationAuthor, "someone")
	equal(t, "revoked how", *it.RevocationType, models.HashicorpCloudPackerIterationRevocationTypeMANUAL)

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
		b.Version("v2").RevocationInheritedFrom = &hcpfake.RevokedAncestor{BucketName: "base", VersionName: "v5"}
		b.Version("v2").Builds = append(b.Version("v2").Builds, nil, &hcpfake.Build{Artifacts: []*hcpfake.Artifact{nil}})
	})
	fingerprint, incremental := "fp-v2", int32(2)
	params := func() *packerold.PackerServiceGetIterationParams {
		return packerold.NewPackerServiceGetIterationParams().
			WithLocationOrganizationID(orgID).WithLocationProjectID(projectID).WithBucketSlug("ubuntu")
	}
	for name, p := range map[string]*packerold.PackerServiceGetIterationParams{
		"ID":                  params().WithIterationID(&id),
		"fingerprint":         params().WithFingerprint(&fingerprint),
		"incremental version": params().WithIncrementalVersion(&incremental),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := clients.packer2021.PackerServiceGetIteration(p, nil)
			check(t, err)
			equal(t, "the fingerprint", got.Payload.Iteration.Fingerprint, "fp-v2")
			equal(t, "the ancestor", got.Payload.Iteration.RevocationInheritedFrom.IterationIncrementalVersion, 5)
			equal(t, "the number of builds", len(got.Payload.Iteration.Builds), 3)
		})
	}
	for query, want := range map[string]int{
		"":                         400,
		"?iteration_id=x":          404,
		"?incremental_version=9":   404,
		"?incremental_version=0":   400,
		"?incremental_version=two": 400,
		"?iteration_id=" + id + "&fingerprint=fp-v2": 400,
	} {
		equal(t, "the status of "+query, get(t, fake, packer2021+"/images/ubuntu/iteration"+query).Code, want)
	}
	wantStatus(t, get(t, fake, packer2021+"/images/ubuntu/iteration?fingerprint=x"), 409, 10)
}

func TestLegacyBuckets(t *testing.T) {
	fake, clients := setup(t)
	list, err := clients.packer2021.PackerServiceListBuckets(packerold.NewPackerServiceListBucketsParams().
		WithLocationOrganizationID(orgID).WithLocationProjectID(projectID).WithSortingOrderBy([]string{"slug"}), nil)
	check(t, err)
	equal(t, "the bucket", list.Payload.Buckets[0].Slug, "ubuntu")

	one, err := clients.packer2021.PackerServiceGetBucket(packerold.NewPackerServiceGetBucketParams().
		WithLocationOrganizationID(orgID).WithLocationProjectID(projectID).WithBucketSlug("ubuntu"), nil)
	check(t, err)
	b := one.Payload.Bucket
	equal(t, "the latest version", b.LatestVersion, 3)
	equal(t, "the latest iteration", b.LatestIteration.Fingerprint, "fp-v3")
	equal(t, "its image", b.LatestIteration.Builds[0].Images[0].ImageID, "ami-us-v3")
	equal(t, "the number of iterations", b.IterationCount, "3")

	channels, err := clients.packer2021.PackerServiceListChannels(packerold.NewPackerServiceListChannelsParams().
		WithLocationOrganizationID(orgID).WithLocationProjectID(projectID).WithBucketSlug("ubuntu"), nil)
	check(t, err)
	equal(t, "the number of channels", len(channels.Payload.Channels), 3)

	wantStatus(t, get(t, fake, packer2021+"/images?sorting.order_by=name"), 400, 3)
	wantStatus(t, get(t, fake, packer2021+"/images/x"), 404, 5)
}

func TestLegacyLatest(t *testing.T) {
	fake := newFake(t)
	bucket := func() *models.HashicorpCloudPackerBucket {
		return decode[models.HashicorpCloudPackerGetBucketResponse](t, get(t, fake, packer2021+"/images/ubuntu")).Bucket
	}
	// The newest version is incomplete, and the newest complete one is revoked.
	check(t, fake.Revoke(hcpfake.Revocation{ProjectID: projectID, Bucket: "ubuntu", Version: "v3"}))
	fake.Update(func(s *hcpfake.Seed) {
		b := s.Project(projectID).Bucket("ubuntu")
		b.Version("v3").Builds[0].Platform = "azure"
		b.Versions = append([]*hcpfake.Version{{
			Name: "v0", Fingerprint: "fp-running", CreatedAt: strfmt.DateTime(start.Add(time.Hour)),
			Status: current.HashicorpCloudPacker20230101VersionStatusVERSIONRUNNING.Pointer(),
			Builds: []*hcpfake.Build{{Platform: "gce"}},
		}}, b.Versions...)
	})
	b := bucket()
	equal(t, "the latest version", b.LatestVersion, 3)
	equal(t, "the latest iteration", b.LatestIteration.Fingerprint, "fp-running")
	equal(t, "complete", b.LatestIteration.Complete, false)
	equal(t, "the platforms", strings.Join(b.Platforms, ", "), "azure")

	now := decode[current.HashicorpCloudPacker20230101GetBucketResponse](t, get(t, fake, packer2023+"/buckets/ubuntu")).Bucket
	equal(t, "today's latest version, which is valid", now.LatestVersion.Name, "v2")
	equal(t, "today's platforms", strings.Join(now.Platforms, ", "), "azure")

	fake.Update(func(s *hcpfake.Seed) { s.Project(projectID).Bucket("ubuntu").Versions = nil })
	if b := bucket(); b.LatestVersion != 0 || b.LatestIteration != nil {
		t.Errorf("got %+v, want no latest version or iteration", b)
	}
}

func TestLegacyRegistry(t *testing.T) {
	inBothShapes(t, func(t *testing.T, opts ...hcpfake.Option) {
		fake, clients := setup(t, opts...)
		got, err := clients.packer2021.PackerServiceGetRegistry(packerold.NewPackerServiceGetRegistryParams().
			WithLocationOrganizationID(orgID).WithLocationProjectID(projectID), nil)
		check(t, err)
		equal(t, "activated", got.Payload.Registry.Config.Activated, true)
		equal(t, "the tier", *got.Payload.Registry.Config.FeatureTier, models.HashicorpCloudPackerRegistryConfigTierSTANDARD)

		task, err := clients.packer2021.PackerServiceGetRegistryTFCRunTaskAPI(packerold.NewPackerServiceGetRegistryTFCRunTaskAPIParams().
			WithLocationOrganizationID(orgID).WithLocationProjectID(projectID).WithTaskType("validation"), nil)
		check(t, err)
		if task.Payload.APIURL == "" || task.Payload.HmacKey == "" {
			t.Errorf("got %+v", task.Payload)
		}
		fake.Update(func(s *hcpfake.Seed) { s.Project(projectID).Registry.Config = nil })
		body := get(t, fake, packer2021+"/registry")
		if decode[struct{ Registry map[string]any }](t, body).Registry["config"] != nil {
			t.Errorf("got %s, want no configuration", body.Body)
		}
	})
}
