package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
)

const (
	statusFolder = "examples/data-sources/packer_image_status/"

	healthyImage   = "ami-0a7c3e9d1f5b28460" // of v7
	scheduledImage = "ami-05d9f3a6b8e7c2140" // of v6
	revokedImage   = "ami-0d4b1e8c7f6a39251" // of v5
)

// Each image is searched for once, however many data sources ask for it, and once more
// after a transient error. Applying the plan takes no request.
func TestRequestsOfImageStatus(t *testing.T) {
	for name, tc := range map[string]struct {
		fault hcpfake.Fault
		want  []string
	}{
		"no fault":       {hcpfake.Fault{}, []string{hcpfake.Token, hcpfake.SearchExternalArtifact}},
		"429":            {hcpfake.Fault{Status: 429, Times: 1}, []string{hcpfake.Token, hcpfake.SearchExternalArtifact, hcpfake.SearchExternalArtifact}},
		"token rejected": {hcpfake.Fault{Status: 401, Times: 1}, []string{hcpfake.Token, hcpfake.SearchExternalArtifact, hcpfake.Token, hcpfake.SearchExternalArtifact}},
	} {
		t.Run(name, func(t *testing.T) {
			w, hcp := newWorkspace(t, fmt.Sprintf(`
data "packer_image_status" "test" {
  count          = 10
  image_id       = %q
  cloud_provider = "aws"
}

output "versions" {
  value = distinct([for status in data.packer_image_status.test : status.iterations[0].version])
}
`, healthyImage))
			if tc.fault.Times > 0 {
				tc.fault.Operation = hcpfake.SearchExternalArtifact
				hcp.Inject(tc.fault)
			}
			w.mustRun(t, "plan", "-input=false", "-out=plan")
			if got := operations(hcp); !slices.Equal(got, tc.want) {
				t.Errorf("plan: requests %v, want %v", got, tc.want)
			}
			hcp.ResetRequests()
			w.mustRun(t, "apply", "-input=false", "plan")
			if got := operations(hcp); len(got) != 0 {
				t.Errorf("apply: requests %v, want none", got)
			}
			if output := w.mustRun(t, "output", "-json", "versions"); !strings.Contains(output, `["v7"]`) {
				t.Errorf("versions %s", output)
			}
		})
	}
}

// A machine that keeps its image runs on it after the channel has moved and its iteration
// was revoked: the plan stays empty, and warns.
func TestRevocationOfWhatRuns(t *testing.T) {
	requireTerraform(t, "1.4.0") // for terraform_data
	w, hcp := newWorkspace(t, `
data "packer_image_iteration" "pinned" {
  bucket      = "hardened-ubuntu-16-04"
  fingerprint = "01JBM4T9WQ2ZK8X3N5R7D1FHVC"
}

resource "terraform_data" "server" {
  input = [for image in data.packer_image_iteration.pinned.images : image.image_id if image.region == "eu-central-1"][0]
}

data "packer_image_status" "server" {
  image_id       = "`+healthyImage+`"
  cloud_provider = "aws"
}
`)
	if output := w.mustRun(t, "apply", "-auto-approve", "-input=false"); strings.Contains(output, "Warning: Image") {
		t.Error("there is a warning before the revocation")
	}
	err := hcp.Revoke(hcpfake.Revocation{
		ProjectID: w.env["HCP_PROJECT_ID"], Bucket: "hardened-ubuntu-16-04", Version: "v7", Author: "ops@example.com", Message: "CVE-2026-1234",
	})
	if err != nil {
		t.Fatal(err)
	}
	output, err := w.terraform(t, "plan", "-input=false")
	for _, fact := range []string{
		"Error: Image Iteration Is Revoked", "Warning: Image Is Revoked: " + healthyImage, "Bucket: hardened-ubuntu-16-04", "Fingerprint: 01JBM4T9WQ2ZK8X3N5R7D1FHVC", "Iteration: v7",
		"Author: ops@example.com", "Reason: CVE-2026-1234", `image_id = "` + healthyImage + `"`,
	} {
		if err == nil || !strings.Contains(output, fact) {
			t.Errorf("the plan ends with %v and does not say %q", err, fact)
		}
	}
}

// The check lets the plan go on, and warns: about an image that is revoked, about one that
// is not in the registry, and if HCP refuses the search.
func TestExampleCheckOfImageStatus(t *testing.T) {
	for image, facts := range map[string][]string{
		healthyImage:  nil,
		revokedImage:  {"Warning: Image Is Revoked: " + revokedImage, "Warning: Check block assertion failed", "which is revoked."},
		"ami-unknown": {"Warning: Check block assertion failed", "which is not in the HCP Packer registry"},
	} {
		w, _ := newExample(t, statusFolder+"check.tf")
		w.replace(t, healthyImage, image)
		output := w.mustRun(t, "apply", "-auto-approve", "-input=false")
		for _, fact := range facts {
			if !strings.Contains(output, fact) {
				t.Errorf("%s: the output does not say %q", image, fact)
			}
		}
		if facts == nil && (strings.Contains(output, "Warning: Image") || strings.Contains(output, "Warning: Check")) {
			t.Errorf("%s: there is a warning", image)
		}
	}

	w, hcp := newExample(t, statusFolder+"check.tf")
	hcp.Inject(hcpfake.Fault{Operation: hcpfake.SearchExternalArtifact, Status: 403})
	if output := w.mustRun(t, "apply", "-auto-approve", "-input=false"); !strings.Contains(output, "Warning: No Permission To Read HCP Packer") {
		t.Error("the failure is no warning")
	}
}

// The postcondition stops a plan, but not for an image whose revocation is scheduled.
func TestExamplePostconditionOfImageStatus(t *testing.T) {
	w, _ := newExample(t, statusFolder+"postcondition.tf")
	w.replace(t, healthyImage, scheduledImage)
	w.mustRun(t, "plan", "-input=false")
	w.replace(t, scheduledImage, revokedImage)
	output, err := w.terraform(t, "plan", "-input=false")
	for _, fact := range []string{"Error: Resource postcondition failed", revokedImage + " is revoked: replace the servers", "Warning: Image Is Revoked: " + revokedImage} {
		if err == nil || !strings.Contains(output, fact) {
			t.Errorf("the plan ends with %v and does not say %q", err, fact)
		}
	}
}

// The example of a fleet lists its machines, and warns once for each image. Machines that
// are given stand in for those that the provider hashicorp/aws finds.
func TestExampleFleet(t *testing.T) {
	text := read(t, "examples/guides/watch-what-runs/fleet.tf")
	const block = `data "packer_image_status"`
	_, rest, found := strings.Cut(string(text), block)
	if !found {
		t.Fatalf("the example has no %s", block)
	}
	w, hcp := newWorkspace(t, fmt.Sprintf(`
locals {
  instances = {
    i-1 = { ami = %[1]q }
    i-2 = { ami = %[2]q }
    i-3 = { ami = %[2]q }
    i-4 = { ami = %[3]q }
    i-5 = { ami = "ami-unknown" }
  }
}

`, healthyImage, revokedImage, scheduledImage)+block+strings.ReplaceAll(rest, "data.aws_instance.web", "local.instances"))
	output := w.mustRun(t, "apply", "-auto-approve", "-input=false")
	for _, warning := range []string{"Warning: Image Is Revoked: " + revokedImage, "Warning: Image Will Be Revoked: " + scheduledImage} {
		if !strings.Contains(output, warning) {
			t.Errorf("the output does not say %q", warning)
		}
	}
	if list := w.mustRun(t, "output", "-json", "on_revoked_images"); !strings.Contains(list, `["i-2","i-3"]`) {
		t.Errorf("the instances on revoked images are %s", list)
	}
	if list := w.mustRun(t, "output", "-json", "on_unknown_images"); !strings.Contains(list, `["i-5"]`) {
		t.Errorf("the instances on unknown images are %s", list)
	}
	if n := hcp.Count(hcpfake.SearchExternalArtifact); n != 4 {
		t.Errorf("%d searches for 4 images", n)
	}
}

// The example of a list of images lists those that are revoked or unknown.
func TestExampleList(t *testing.T) {
	w, _ := newExample(t, "examples/guides/watch-what-runs/list.tf")
	w.env["TF_VAR_image_ids"] = fmt.Sprintf("[%q, %q, %q, %q]", healthyImage, revokedImage, scheduledImage, "ami-unknown")
	w.mustRun(t, "apply", "-auto-approve", "-input=false")
	for output, want := range map[string]string{
		"revoked_images": fmt.Sprintf("[%q]", revokedImage), "scheduled_images": fmt.Sprintf("{%q:", scheduledImage), "unknown_images": `["ami-unknown"]`,
	} {
		if list := w.mustRun(t, "output", "-json", output); !strings.Contains(list, want) {
			t.Errorf("%s are %s", output, list)
		}
	}
}
