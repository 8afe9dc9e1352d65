package provider

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-openapi/strfmt"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
)

// withFilters is readConfig with further attributes.
func withFilters(filters string) string {
	return strings.Replace(readConfig, "\n}", "\n"+filters+"\n}", 1)
}

// addARMBuild adds a build for aws with a second image in eu-central-1.
func (f *fixture) addARMBuild() {
	f.version(func(v *hcpfake.Version) {
		v.Builds = append(v.Builds, &hcpfake.Build{
			ID: "01JNZ3N5Q0ARMBV11D00000000", ComponentType: "amazon-ebs.arm", Platform: "aws",
			Labels:    map[string]string{"os": "ubuntu", "arch": "arm64"},
			Artifacts: []*hcpfake.Artifact{{ExternalIdentifier: "ami-arm", Region: "eu-central-1"}},
		})
	})
}

func TestFilters(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		filters string
		images  []string
		builds  int
	}{
		"none":                 {"", []string{"ami-frankfurt", "ami-virginia", "/subscriptions/s/images/ubuntu", "ami-arm"}, 3},
		"cloud provider":       {`cloud_provider = "aws"`, []string{"ami-frankfurt", "ami-virginia", "ami-arm"}, 2},
		"region":               {`region = "eu-central-1"`, []string{"ami-frankfurt", "ami-arm"}, 2},
		"component type":       {`component_type = "azure-arm.ubuntu"`, []string{"/subscriptions/s/images/ubuntu"}, 1},
		"label":                {`labels = { os = "ubuntu" }`, []string{"ami-frankfurt", "ami-virginia", "ami-arm"}, 2},
		"labels":               {`labels = { os = "ubuntu", arch = "arm64" }`, []string{"ami-arm"}, 1},
		"no labels":            {`labels = {}`, []string{"ami-frankfurt", "ami-virginia", "/subscriptions/s/images/ubuntu", "ami-arm"}, 3},
		"cloud and region":     {"cloud_provider = \"aws\"\n region = \"us-east-1\"", []string{"ami-virginia"}, 1},
		"region and component": {"region = \"eu-central-1\"\n component_type = \"amazon-ebs.arm\"", []string{"ami-arm"}, 1},
		"everything": {
			"cloud_provider = \"aws\"\n region = \"eu-central-1\"\n component_type = \"amazon-ebs.ubuntu\"\n labels = { os = \"ubuntu\" }",
			[]string{"ami-frankfurt"},
			1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.addARMBuild()
			images := make([]knownvalue.Check, len(tc.images))
			for i, id := range tc.images {
				images[i] = knownvalue.ObjectPartial(map[string]knownvalue.Check{"image_id": knownvalue.StringExact(id)})
			}
			f.run(t, resource.TestStep{Config: withFilters(tc.filters), ConfigStateChecks: []statecheck.StateCheck{
				attribute("images", knownvalue.ListExact(images)),
				attribute("builds", knownvalue.ListSizeExact(tc.builds)),
			}})
		})
	}
}

// Terraform normalizes its strings, so the registry's are normalized too before they are
// compared.
func TestFiltersAreNormalized(t *testing.T) {
	t.Parallel()
	const decomposed = "M\u0075\u0308nchen" // u with a diaeresis that combines with it
	f := newFixture(t)
	f.version(func(v *hcpfake.Version) {
		v.Builds[0].ComponentType, v.Builds[0].Labels = decomposed, map[string]string{decomposed: decomposed}
		v.Builds[0].Artifacts[1].Region = decomposed
	})
	for _, written := range []string{decomposed, "M\u00fcnchen"} {
		f.run(t, resource.TestStep{
			Config: withFilters(fmt.Sprintf("component_type = %[1]q\n region = %[1]q\n labels = { %[1]q = %[1]q }", written)),
			ConfigStateChecks: []statecheck.StateCheck{attribute("images", knownvalue.ListExact([]knownvalue.Check{
				knownvalue.ObjectPartial(map[string]knownvalue.Check{"image_id": knownvalue.StringExact("ami-virginia")}),
			}))},
		})
	}
}

func TestFiltersWithoutMatch(t *testing.T) {
	t.Parallel()
	available := []string{"  aws    eu-central-1  amazon-ebs.ubuntu\n", "  aws    us-east-1     amazon-ebs.ubuntu\n", "  azure  westeurope    azure-arm.ubuntu\n"}
	for name, tc := range map[string]struct {
		filters   string
		attribute string
		facts     []string
	}{
		"cloud provider":   {`cloud_provider = "gce"`, "cloud_provider", append(available, "cloud_provider:  gce")},
		"region":           {`region = "eu-central"`, "region", append(available, "region:  eu-central\n")},
		"region elsewhere": {"cloud_provider = \"azure\"\n region = \"us-east-1\"", "region", append(available, "region:          us-east-1")},
		"component type":   {`component_type = "amazon-ebs"`, "component_type", available},
		"labels":           {`labels = { os = "debian" }`, "labels", []string{"labels:  os = debian", "amazon-ebs.ubuntu  os = ubuntu\n", "azure-arm.ubuntu   no labels\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.requireError(t, withFilters(tc.filters), diagnostic{
				summary: "No Image Matches", attribute: tc.attribute,
				facts: append(tc.facts, `Channel "production" of bucket "hardened-ubuntu"`, testProject, "Correct "+tc.attribute),
			})
		})
	}
	for name, filters := range map[string]string{"empty": `region = ""`, "null label": `labels = { os = null }`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			newFixture(t).run(t, resource.TestStep{Config: withFilters(filters), ExpectError: anyError})
		})
	}
}

// The list of available images is limited.
func TestFiltersWithoutMatchAmongMany(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.version(func(v *hcpfake.Version) {
		for i := range 100 {
			v.Builds[0].Artifacts = append(v.Builds[0].Artifacts, &hcpfake.Artifact{ExternalIdentifier: "ami", Region: fmt.Sprintf("region-%d", i)})
		}
	})
	f.requireError(t, withFilters(`region = "nowhere"`), diagnostic{
		summary: "No Image Matches", attribute: "region", facts: []string{"  aws  region-17  ", "… and 83 more"}, absent: []string{"region-18 "},
	})
}

func TestAllowRevoked(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.version(func(v *hcpfake.Version) {
		v.Status = status("VERSION_REVOKED")
		v.RevokeAt = strfmt.DateTime(f.now.Add(-time.Hour))
		v.RevocationAuthor, v.RevocationMessage = "ops@example.com", "CVE-2026-1234"
	})
	f.run(t, resource.TestStep{Config: withFilters("allow_revoked = true"), ConfigStateChecks: []statecheck.StateCheck{
		attribute("status", knownvalue.StringExact("REVOKED")),
		attribute("version", knownvalue.StringExact("v7")),
		attribute("images", knownvalue.ListSizeExact(3)),
	}})
	f.requireWarning(t, diagnostic{
		summary: "Image Iteration Is Revoked: hardened-ubuntu v7 (01JNZ3N5Q0VERS10N700000000)", attribute: "channel",
		facts: []string{`"production"`, testProject, "2026-03-14T11:00:00Z", "ops@example.com", "CVE-2026-1234", "and remove allow_revoked"},
	})
}

func TestAllowRevokedNotSet(t *testing.T) {
	t.Parallel()
	for _, setting := range []string{"allow_revoked = false", "allow_revoked = null"} {
		f := newFixture(t)
		f.version(func(v *hcpfake.Version) { v.Status = status("VERSION_REVOKED") })
		f.requireError(t, withFilters(setting), diagnostic{
			summary: "Image Iteration Is Revoked", attribute: "channel", facts: []string{"allow_revoked = true", "terraform destroy"},
		})
	}
}
