package provider

import (
	"slices"
	"testing"

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

// By channel and by fingerprint, the same iteration gives the same state, except for what
// is about the channel.
func TestFingerprintGivesSameState(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.oldest = tfversion.Version1_0_0
	const both = readConfig + `
data "packer_image_iteration" "pinned" {
  bucket      = "hardened-ubuntu"
  fingerprint = "f00dcafe"
}

locals {
  of_channel = ["allow_revoked", "channel", "channel_id", "channel_author_id", "channel_updated_at"]
  by_channel     = { for name, value in data.packer_image_iteration.test : name => jsonencode(value) if !contains(local.of_channel, name) }
  by_fingerprint = { for name, value in data.packer_image_iteration.pinned : name => jsonencode(value) if !contains(local.of_channel, name) }
}

output "differences" {
  value = [for name, value in local.by_channel : name if local.by_fingerprint[name] != value]
}

output "attributes" {
  value = length(local.by_channel)
}`
	f.run(t, resource.TestStep{
		Config: both,
		ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownOutputValue("differences", knownvalue.ListExact(nil)),
			statecheck.ExpectKnownOutputValue("attributes", knownvalue.Int64Exact(26)),
			attribute("channel_id", knownvalue.NotNull()),
			attribute("channel_author_id", knownvalue.NotNull()),
			attribute("channel_updated_at", knownvalue.NotNull()),
		},
	})
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
			newFixture(t).requireError(t, "data \"packer_image_iteration\" \"test\" {\nbucket = \"hardened-ubuntu\"\n"+tc.arguments+"\n}", tc.want)
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
			f.requireWarning(t, diagnostic{summary: "Image Iteration Is Revoked", attribute: by, facts: []string{"allow_revoked permits", "anything created or replaced then uses the revoked image"}})
		})
	}
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
