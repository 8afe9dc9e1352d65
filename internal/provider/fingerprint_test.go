package provider

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-openapi/strfmt"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
)

const fingerprintConfig = `
data "packer_image_iteration" "test" {
  bucket      = "hardened-ubuntu"
  fingerprint = "f00dcafe"
}`

// By channel and by fingerprint, the same iteration with the same filters gives the same
// state, except for what is about the channel, whatever is in the registry.
func TestFingerprintGivesSameState(t *testing.T) {
	t.Parallel()
	const both = `
provider "packer" {
  allow_revoked = true
}

data "packer_image_iteration" "by_channel" {
  count          = length(local.iterations)
  bucket         = "hardened-ubuntu"
  channel        = local.iterations[count.index].fingerprint
  cloud_provider = local.iterations[count.index].cloud_provider
  region         = local.iterations[count.index].region
}

data "packer_image_iteration" "by_fingerprint" {
  count          = length(local.iterations)
  bucket         = "hardened-ubuntu"
  fingerprint    = local.iterations[count.index].fingerprint
  cloud_provider = local.iterations[count.index].cloud_provider
  region         = local.iterations[count.index].region
}

locals {
  of_channel = ["channel", "channel_id", "channel_author_id", "channel_updated_at"]
  states = [for i, state in data.packer_image_iteration.by_channel : {
    for name, value in state : name => [jsonencode(value), jsonencode(data.packer_image_iteration.by_fingerprint[i][name])]
    if !contains(local.of_channel, name)
  }]
}

output "differences" {
  value = flatten([for state in local.states : [
    for name, values in state : "${state.fingerprint[0]}, ${name}: ${values[0]}, ${values[1]}" if values[0] != values[1]
  ]])
}

output "different_states" {
  value = length(distinct([for state in local.states : jsonencode(state)]))
}

output "attributes" {
  value = distinct([for state in local.states : length(state)])
}`
	for seed := range uint64(2) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.oldest = tfversion.Version1_0_0
			random := rand.New(rand.NewPCG(seed, 0))
			var iterations []map[string]any
			f.bucket(func(b *hcpfake.Bucket) {
				for i := range 30 {
					version := f.randomVersion(random, i)
					b.Versions = append(b.Versions, version)
					b.Channels = append(b.Channels, &hcpfake.Channel{ID: "c" + version.ID, Name: version.Fingerprint, Version: version.ID, AuthorID: "promoter"})
					iterations = append(iterations, randomFilters(random, version))
				}
			})
			literal, err := json.Marshal(iterations) // as HCL writes it too
			if err != nil {
				t.Fatal(err)
			}
			f.run(t, resource.TestStep{
				Config: fmt.Sprintf("locals {\n  iterations = %s\n}\n", literal) + both,
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownOutputValue("differences", knownvalue.ListExact(nil)),
					statecheck.ExpectKnownOutputValue("different_states", knownvalue.Int64Exact(30)),
					statecheck.ExpectKnownOutputValue("attributes", knownvalue.ListExact([]knownvalue.Check{knownvalue.Int64Exact(27)})),
				},
			})
		})
	}
}

// randomVersion returns a complete iteration, or one that is revoked, of any shape.
func (f *fixture) randomVersion(random *rand.Rand, number int) *hcpfake.Version {
	sometimes := func(value string) string {
		if random.IntN(4) == 0 {
			return ""
		}
		return value
	}
	day := func() strfmt.DateTime {
		if random.IntN(4) == 0 {
			return strfmt.DateTime{}
		}
		return strfmt.DateTime(f.now.AddDate(0, 0, random.IntN(60)-30).Add(time.Duration(random.IntN(1000)) * time.Millisecond))
	}
	version := &hcpfake.Version{
		ID: fmt.Sprintf("01JNZ3N5Q0RANDOM%010d", number), Fingerprint: fmt.Sprintf("random-%d", number), Name: sometimes(fmt.Sprintf("v%d", number+100)),
		AuthorID: sometimes("author"), CreatedAt: day(), UpdatedAt: day(), HasDescendants: random.IntN(2) == 0,
		Status: [...]*models.HashicorpCloudPacker20230101VersionStatus{
			nil, status("VERSION_ACTIVE"), status("VERSION_REVOCATION_SCHEDULED"), status("VERSION_REVOKED"),
		}[random.IntN(4)],
	}
	if random.IntN(3) == 0 {
		version.RevokeAt, version.RevocationAuthor, version.RevocationMessage = day(), sometimes("ops@example.com"), sometimes("CVE-2026-1234 \u00fc\n\u2028")
		version.RevocationInheritedFrom = [...]*hcpfake.RevokedAncestor{nil, {BucketName: "base", VersionName: sometimes("v3")}}[random.IntN(2)]
	}
	for i := range random.IntN(4) {
		build := &hcpfake.Build{
			ID: fmt.Sprintf("%s-%d", version.ID, i), VersionID: version.ID, ComponentType: sometimes("amazon-ebs.ubuntu"), CreatedAt: day(), UpdatedAt: day(),
			Platform: []string{"aws", "azure", "gce", ""}[random.IntN(4)], PackerRunUUID: sometimes("run"), SourceExternalIdentifier: sometimes("ami-base"),
			Labels: make(map[string]string),
		}
		for label := range random.IntN(4) {
			build.Labels[fmt.Sprint("label-", label)] = sometimes("\u00e4")
		}
		for j := range random.IntN(4) {
			build.Artifacts = append(build.Artifacts, &hcpfake.Artifact{
				ID: fmt.Sprintf("%s-%d", build.ID, j), ExternalIdentifier: sometimes(fmt.Sprintf("ami-%d", random.IntN(10))),
				Region: []string{"eu-central-1", "us-east-1", "\u0061\u0308"}[random.IntN(3)], CreatedAt: day(),
			})
		}
		version.Builds = append(version.Builds, build)
	}
	return version
}

// randomFilters returns the fingerprint of the iteration, with filters that one of its
// images passes, or none.
func randomFilters(random *rand.Rand, version *hcpfake.Version) map[string]any {
	filters := map[string]any{"fingerprint": version.Fingerprint, "cloud_provider": nil, "region": nil}
	for _, build := range version.Builds {
		if len(build.Artifacts) > 0 && build.Platform != "" && random.IntN(2) == 0 {
			filters["cloud_provider"], filters["region"] = build.Platform, build.Artifacts[0].Region
		}
	}
	return filters
}

// Reading by fingerprint needs one request, which is not billed, whatever becomes of the
// channel; and the plan does not change.
func TestFingerprint(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	null := knownvalue.Null()
	f.run(
		t,
		resource.TestStep{Config: fingerprintConfig, ConfigStateChecks: []statecheck.StateCheck{
			attribute("version", knownvalue.StringExact("v7")),
			attribute("fingerprint", knownvalue.StringExact("f00dcafe")),
			attribute("channel", null), attribute("channel_id", null),
			attribute("channel_author_id", null), attribute("channel_updated_at", null),
		}},
		resource.TestStep{
			PreConfig:        func() { f.bucket(func(b *hcpfake.Bucket) { b.Channel(testChannel).Version = "" }) },
			Config:           fingerprintConfig,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
		},
	)
	if f.fake.BilledCount() != 0 || f.fake.Count(hcpfake.GetVersion) == 0 {
		t.Errorf("%d billed requests, %d by fingerprint", f.fake.BilledCount(), f.fake.Count(hcpfake.GetVersion))
	}
}

func TestFingerprintErrors(t *testing.T) {
	t.Parallel()
	const where = `fingerprint "f00dcafe" of bucket "hardened-ubuntu" in HCP project ` + testProject
	for name, tc := range map[string]struct {
		change   func(*fixture)
		want     diagnostic
		requests []string // after signing in
	}{
		"revoked": {
			func(f *fixture) { f.version(func(v *hcpfake.Version) { v.Status = status("VERSION_REVOKED") }) },
			diagnostic{summary: "Image Iteration Is Revoked", attribute: "fingerprint", facts: []string{where, "-refresh=false", "allow_revoked", "anything created or replaced then uses the revoked image"}},
			[]string{hcpfake.GetVersion},
		},
		"failed": {
			func(f *fixture) { f.version(func(v *hcpfake.Version) { v.Status = status("VERSION_FAILED") }) },
			diagnostic{summary: "Iteration Is Not Complete", attribute: "fingerprint", facts: []string{where, "FAILED", "HCP_PACKER_BUILD_FINGERPRINT"}},
			[]string{hcpfake.GetVersion},
		},
		"unknown": {
			func(f *fixture) { f.version(func(v *hcpfake.Version) { v.Fingerprint = "another" }) },
			diagnostic{summary: "Fingerprint Not Found", attribute: "fingerprint", facts: []string{`"f00dcafe"`, `"hardened-ubuntu"`, testProject}},
			[]string{hcpfake.GetVersion},
		},
		"unknown bucket": {
			func(f *fixture) { f.bucket(func(b *hcpfake.Bucket) { b.Name = "hardened-ubuntu-2" }) },
			diagnostic{summary: "Bucket Not Found", attribute: "bucket", facts: []string{`"f00dcafe"`, `Did you mean "hardened-ubuntu-2"?`}},
			[]string{hcpfake.GetVersion, hcpfake.GetRegistry, hcpfake.ListBuckets},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			tc.change(f)
			f.requireError(t, fingerprintConfig, tc.want)
			var requests []string
			for _, request := range f.fake.Requests() {
				requests = append(requests, request.Operation)
			}
			if want := append([]string{hcpfake.Token}, tc.requests...); !slices.Equal(requests, want) {
				t.Errorf("requests %v, want %v", requests, want)
			}
		})
	}
}

// Exactly one of channel and fingerprint identifies the iteration, and a fingerprint
// cannot change the URL that it becomes part of.
func TestInvalidFingerprint(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		arguments string
		want      diagnostic
	}{
		"both":    {`channel = "production"` + "\n" + `fingerprint = "f00dcafe"`, diagnostic{summary: "Invalid Attribute Combination", attribute: "channel", facts: []string{"channel", "fingerprint"}}},
		"neither": {``, diagnostic{summary: "Invalid Attribute Combination", attribute: "channel", facts: []string{"channel", "fingerprint"}}},
		"path":    {`fingerprint = "../../x"`, diagnostic{summary: "Invalid Name", attribute: "fingerprint", facts: []string{`"../../x"`}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.requireError(t, "data \"packer_image_iteration\" \"test\" {\nbucket = \"hardened-ubuntu\"\n"+tc.arguments+"\n}", tc.want)
			if n := f.fake.Count(""); n != 0 {
				t.Errorf("%d requests: %v", n, f.fake.Requests())
			}
		})
	}
}

// The provider's allow_revoked is the default of its data sources.
func TestAllowRevokedOfProvider(t *testing.T) {
	t.Parallel()
	const allow = "provider \"packer\" {\n  allow_revoked = true\n}\n"
	revoked := func(t *testing.T) *fixture {
		t.Helper()
		f := newFixture(t)
		f.version(func(v *hcpfake.Version) { v.Status = status("VERSION_REVOKED") })
		return f
	}
	for by, config := range map[string]string{"channel": readConfig, "fingerprint": fingerprintConfig} {
		t.Run(by, func(t *testing.T) {
			t.Parallel()
			f := revoked(t)
			f.run(t, resource.TestStep{Config: allow + config, ConfigStateChecks: []statecheck.StateCheck{attribute("version", knownvalue.StringExact("v7"))}})
			f.requireWarning(t, diagnostic{summary: "Image Iteration Is Revoked: hardened-ubuntu v7 (01JNZ3N5Q0VERS10N700000000)", attribute: by, facts: []string{"allow_revoked permits", "anything created or replaced then uses the revoked image"}})
		})
	}
	t.Run("allowed by the data source", func(t *testing.T) {
		t.Parallel()
		f := revoked(t)
		f.run(t, resource.TestStep{
			Config:            strings.Replace(allow, "true", "false", 1) + withFilters("allow_revoked = true"),
			ConfigStateChecks: []statecheck.StateCheck{attribute("version", knownvalue.StringExact("v7"))},
		})
		f.requireWarning(t, diagnostic{summary: "Image Iteration Is Revoked: hardened-ubuntu v7 (01JNZ3N5Q0VERS10N700000000)", attribute: "channel"})
	})
	t.Run("refused by the provider", func(t *testing.T) {
		t.Parallel()
		revoked(t).requireError(t, strings.Replace(allow, "true", "false", 1)+readConfig, diagnostic{summary: "Image Iteration Is Revoked", attribute: "channel"})
	})
	t.Run("refused by the data source", func(t *testing.T) {
		t.Parallel()
		const refuse = `
data "packer_image_iteration" "test" {
  bucket        = "hardened-ubuntu"
  channel       = "production"
  allow_revoked = false
}`
		revoked(t).requireError(t, allow+refuse, diagnostic{summary: "Image Iteration Is Revoked", attribute: "channel"})
	})
}
