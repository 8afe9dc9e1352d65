package provider

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"
)

// runFunction runs a step in a Terraform that supports functions of providers.
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

// The function needs no credentials and makes no requests.
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
		"none in the cloud":    {`"azure", "westeurope"`, "", []string{`"cloud_provider"`, "No image matches", "aws    eu-central-1  amazon-ebs.base"}},
		"none in the region":   {`"aws", "eu-west-1"`, "", []string{`"region"`, "No image matches", "aws    us-east-1     amazon-ebs.copy"}},
		"none of component":    {`"aws", "us-east-1", "amazon-ebs.arm"`, "", []string{`"component_type"`, "No image matches"}},
		"equal except the ID":  {`"alike", "eu"`, "", []string{"Several images match", "component type is the same too"}},
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
