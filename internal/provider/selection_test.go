package provider

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-openapi/strfmt"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

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

func TestFiltersWithoutMatch(t *testing.T) {
	t.Parallel()
	offers := []string{"  aws  eu-central-1  amazon-ebs.ubuntu\n", "  aws  us-east-1  amazon-ebs.ubuntu\n", "  azure  westeurope  azure-arm.ubuntu\n"}
	for name, tc := range map[string]struct {
		filters   string
		attribute string
		facts     []string
	}{
		"cloud provider":   {`cloud_provider = "gce"`, "cloud_provider", append(offers, "cloud_provider:  gce")},
		"region":           {`region = "eu-central"`, "region", append(offers, "region:  eu-central\n")},
		"region elsewhere": {"cloud_provider = \"azure\"\n region = \"us-east-1\"", "region", append(offers, "region:          us-east-1")},
		"component type":   {`component_type = "amazon-ebs"`, "component_type", offers},
		"labels":           {`labels = { os = "debian" }`, "labels", []string{"labels:  os = debian", "  amazon-ebs.ubuntu: os = ubuntu\n", "  azure-arm.ubuntu: no labels\n"}},
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

// A list of what there is has an end.
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
		summary: "Image Iteration Is Revoked", attribute: "channel",
		facts: []string{`"production"`, testProject, "2026-03-14T11:00:00Z", "ops@example.com", "CVE-2026-1234", "remove allow_revoked again"},
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

// runFunction evaluates an expression in a Terraform that knows functions of
// providers.
func runFunction(t *testing.T, f *fixture, step resource.TestStep) {
	t.Helper()
	f.oldest = tfversion.Version1_8_0
	f.run(t, step)
}

const literalImages = `[
  { image_id = "ami-1", cloud_provider = "aws", region = "eu-central-1", component_type = "amazon-ebs.base" },
  { image_id = "ami-2", cloud_provider = "aws", region = "us-east-1", component_type = "amazon-ebs.base" },
  { image_id = "ami-2", cloud_provider = "aws", region = "us-east-1", component_type = "amazon-ebs.copy" },
  { image_id = "ami-3", cloud_provider = "aws", region = "eu-central-1", component_type = "amazon-ebs.arm" },
  { image_id = "ami-4", cloud_provider = "alike", region = "eu", component_type = "x" },
  { image_id = "ami-5", cloud_provider = "alike", region = "eu", component_type = "x" },
  { image_id = null, cloud_provider = "gce", region = "us", component_type = null },
]`

// The function needs neither credentials nor HCP.
func TestImageIDOfLiterals(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		arguments string
		want      string
		err       []string
	}{
		"one":                  {`"aws", "us-east-1"`, "ami-2", nil},
		"one by component":     {`"aws", "eu-central-1", "amazon-ebs.arm"`, "ami-3", nil},
		"several":              {`"aws", "eu-central-1"`, "", []string{"Several images match", "amazon-ebs.base:  ami-1", "amazon-ebs.arm:   ami-3", "as the last argument"}},
		"none in the cloud":    {`"azure", "westeurope"`, "", []string{`"cloud_provider"`, "No image matches", "aws  eu-central-1  amazon-ebs.base"}},
		"none in the region":   {`"aws", "eu-west-1"`, "", []string{`"region"`, "No image matches", "aws  us-east-1  amazon-ebs.copy"}},
		"none of component":    {`"aws", "us-east-1", "amazon-ebs.arm"`, "", []string{`"component_type"`, "No image matches"}},
		"alike but for the ID": {`"alike", "eu"`, "", []string{"Several images match", "component type is the same too"}},
		"without ID":           {`"gce", "us"`, "", []string{"The image that matches has no ID"}},
		"empty cloud provider": {`"", "us-east-1"`, "", []string{`"cloud_provider"`, "must not be empty"}},
		"empty region":         {`"aws", ""`, "", []string{`"region"`, "must not be empty"}},
		"empty component":      {`"aws", "us-east-1", ""`, "", []string{`"component_type"`, "must not be empty"}},
		"two components":       {`"aws", "us-east-1", "a", "b"`, "", []string{"one component type, or none"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.env = nil
			step := resource.TestStep{Config: fmt.Sprintf("output \"id\" {\n  value = provider::packer::image_id(%s, %s)\n}", literalImages, tc.arguments)}
			if tc.err == nil {
				step.ConfigStateChecks = []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("id", knownvalue.StringExact(tc.want))}
			} else {
				step.ExpectError = regexp.MustCompile("Error in function call|Invalid function argument")
			}
			runFunction(t, f, step)
			if tc.err != nil {
				f.requireFunctionError(t, tc.err)
			}
			if n := f.fake.Count(""); n != 0 {
				t.Errorf("%d requests: %v", n, f.fake.Requests())
			}
		})
	}
}

func TestImageIDOfNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	runFunction(t, f, resource.TestStep{
		Config:      `output "id" { value = provider::packer::image_id([], "aws", "eu-central-1") }`,
		ExpectError: regexp.MustCompile("no images to choose from"),
	})
	f.requireFunctionError(t, []string{`"images"`, "There are no images to choose from"})
}

func (f *fixture) requireFunctionError(t *testing.T, facts []string) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.functionError == nil {
		t.Fatal("the function gave no error")
	}
	text := f.functionError.Text
	if position := f.functionError.FunctionArgument; position != nil {
		text += fmt.Sprintf(" %q", []string{"images", "cloud_provider", "region", "component_type", "component_type"}[*position])
	}
	if strings.HasSuffix(f.functionError.Text, ".") {
		t.Errorf("Terraform would add a second full stop: %s", f.functionError.Text)
	}
	for _, fact := range facts {
		if !strings.Contains(text, fact) {
			t.Errorf("the error does not say %q: %s", fact, text)
		}
	}
}

// One read serves any number of regions.
func TestImageIDOfDataSource(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	runFunction(t, f, resource.TestStep{
		Config: readConfig + `
output "ids" {
  value = {
    for region in ["eu-central-1", "us-east-1"] :
    region => provider::packer::image_id(data.packer_image_iteration.test.images, "aws", region)
  }
}`,
		ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("ids", knownvalue.MapExact(map[string]knownvalue.Check{
			"eu-central-1": knownvalue.StringExact("ami-frankfurt"),
			"us-east-1":    knownvalue.StringExact("ami-virginia"),
		}))},
	})
}
