package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
)

// The registry of the story: bucket web has the iterations v1, v2 and v3, whose
// channel production-stable is at v2.
const (
	storyBucket = "web"
	storyV1     = "01JBM4T9WQ2ZK8X3N5R7D1FHA1"
	storyV2     = "01JBM4T9WQ2ZK8X3N5R7D1FHA2"
	storyV3     = "01JBM4T9WQ2ZK8X3N5R7D1FHA3"
)

func storyImages() *hcpfake.Bucket {
	version := func(name, fingerprint string) *hcpfake.Version {
		return &hcpfake.Version{ID: fingerprint, Name: name, Fingerprint: fingerprint, Builds: []*hcpfake.Build{{
			ComponentType: "amazon-ebs.web", Platform: "aws",
			Artifacts: []*hcpfake.Artifact{{Region: "eu-central-1", ExternalIdentifier: "ami-" + name}},
		}}}
	}
	return &hcpfake.Bucket{
		Name:     storyBucket,
		Versions: []*hcpfake.Version{version("v1", storyV1), version("v2", storyV2), version("v3", storyV3)},
		Channels: []*hcpfake.Channel{{Name: "production-stable", Version: "v2", History: []hcpfake.Assignment{{Version: "v1"}}}},
	}
}

// storyStack is a machine, or several, pinned to v1.
const storyStack = `
variable "machines" {
  type    = number
  default = 1
}

data "packer_image_iteration" "web" {
  bucket         = "web"
  fingerprint    = "` + storyV1 + `"
  cloud_provider = "aws"
  region         = "eu-central-1"
}

resource "terraform_data" "machine" {
  count            = var.machines
  input            = one(data.packer_image_iteration.web.images).image_id
  triggers_replace = one(data.packer_image_iteration.web.images).image_id
}
`

// story is a stack whose machine runs on the image of v1.
type story struct {
	*workspace
	hcp *hcpfake.Server
}

func newStory(t *testing.T) story {
	t.Helper()
	requireTerraform(t, "1.4") // for terraform_data
	w, hcp := newWorkspace(t, storyStack)
	hcp.Update(func(s *hcpfake.Seed) {
		project := s.Project(w.env["HCP_PROJECT_ID"])
		project.Buckets = append(project.Buckets, storyImages())
	})
	s := story{w, hcp}
	s.mustRun(t, "apply", "-auto-approve", "-input=false")
	s.requireMachines(t, "ami-v1")
	return s
}

// revoke revokes a version as somebody does in HCP, which rolls its channels back.
func (s story) revoke(t *testing.T, version string) {
	t.Helper()
	if err := s.hcp.Revoke(hcpfake.Revocation{
		ProjectID: s.env["HCP_PROJECT_ID"], Bucket: storyBucket, Version: version,
		Author: "ops@example.com", Message: "CVE-2026-1234",
	}); err != nil {
		t.Fatal(err)
	}
}

// requireMachines requires that exactly these images run.
func (s story) requireMachines(t *testing.T, images ...string) {
	t.Helper()
	for i, image := range append(images, "") {
		shown, err := s.terraform(t, "state", "show", fmt.Sprintf("terraform_data.machine[%d]", i))
		switch {
		case image == "" && err == nil:
			t.Errorf("there is a machine %d: %s", i, shown)
		case image != "" && !strings.Contains(shown, `output = "`+image+`"`):
			t.Errorf("machine %d does not run on %s: %s", i, image, shown)
		}
	}
}

// requireRefusal runs Terraform and requires that it refuses v1, with advice that is
// safe to follow: what allows the revoked image comes last, with what it does.
func (s story) requireRefusal(t *testing.T, arguments ...string) {
	t.Helper()
	output, err := s.terraform(t, append(arguments, "-input=false")...)
	if err == nil {
		t.Errorf("terraform %s succeeded", arguments[0])
	}
	requireInOrder(
		t, output,
		"Error: Image Iteration Is Revoked", `fingerprint = "`+storyV1+`"`, `bucket "web"`, "ops@example.com", "CVE-2026-1234",
		"Set fingerprint to that of an iteration that is not revoked", "terraform destroy -refresh=false",
		"allow_revoked = true", "anything created or replaced then uses the revoked image",
	)
}

// approve runs Terraform as somebody who reads a plan before approving it. With
// -auto-approve, Terraform prints a plan's warnings only after the apply.
func (s story) approve(t *testing.T, arguments ...string) string {
	t.Helper()
	command := s.command(t, arguments...)
	command.Stdin = strings.NewReader("yes\n")
	printed, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("terraform %s: %v\n%s", arguments[0], err, printed)
	}
	return unwrap(printed)
}

// requireInOrder requires that the text says these facts, one after the other.
func requireInOrder(t *testing.T, text string, facts ...string) {
	t.Helper()
	for _, fact := range facts {
		_, rest, found := strings.Cut(text, fact)
		if !found {
			t.Errorf("the output does not say %q there", fact)
			continue
		}
		text = rest
	}
}

// requireUnchanged requires a plan without changes, warnings, or billed requests.
func (s story) requireUnchanged(t *testing.T) {
	t.Helper()
	s.hcp.ResetRequests()
	output := s.mustRun(t, "plan", "-input=false", "-detailed-exitcode") // 2, an error, if anything is to be changed
	if strings.Contains(output, "evoked") {
		t.Error("there is a warning")
	}
	if reads, billed := s.hcp.Count(hcpfake.GetVersion), s.hcp.BilledCount(); reads != 1 || billed != 0 {
		t.Errorf("%d reads by fingerprint and %d billed requests, want one and none", reads, billed)
	}
}

// A machine that is pinned to v1 is not concerned when v2, where the channel is, is
// revoked, although HCP then moves the channel.
func TestRevocationOfAnotherIteration(t *testing.T) {
	s := newStory(t)
	s.requireUnchanged(t)
	s.revoke(t, "v2")
	s.requireUnchanged(t)
	s.requireMachines(t, "ami-v1")
}

// When v1 itself is revoked, everything that reads it is refused, and the machine can
// still be destroyed, which reads nothing.
func TestRevocationOfPinnedIteration(t *testing.T) {
	s := newStory(t)
	s.revoke(t, "v1")
	s.requireRefusal(t, "plan")
	s.requireRefusal(t, "apply", "-auto-approve", "-var=machines=2")
	s.requireRefusal(t, "destroy", "-auto-approve")
	s.requireMachines(t, "ami-v1")

	s.hcp.ResetRequests()
	s.mustRun(t, "destroy", "-auto-approve", "-input=false", "-refresh=false")
	s.requireMachines(t)
	if n := s.hcp.Count(""); n != 0 {
		t.Errorf("%d requests: %v", n, operations(s.hcp))
	}
}

// Under allow_revoked, wherever it is set, a plan that adds a machine says that the
// machine gets the revoked image, before the machine is created.
func TestScaleOutOnRevokedIteration(t *testing.T) {
	for where, config := range map[string]string{
		"data source": strings.Replace(storyStack, `bucket         = "web"`, `bucket = "web"`+"\n  allow_revoked = true", 1),
		"provider":    storyStack + "\nprovider \"packer\" {\n  allow_revoked = true\n}\n",
	} {
		t.Run(where, func(t *testing.T) {
			s := newStory(t)
			s.revoke(t, "v1")
			s.write(t, "main.tf", config)
			const warning, effect = "Warning: Image Iteration Is Revoked", "anything created or replaced then uses the revoked image"
			requireInOrder(t, s.mustRun(t, "plan", "-input=false", "-detailed-exitcode"), "No changes.", warning, effect)
			requireInOrder(t, s.mustRun(t, "plan", "-input=false", "-var=machines=2"), "1 to add", warning, effect)
			s.requireMachines(t, "ami-v1")
			requireInOrder(t, s.approve(t, "apply", "-var=machines=2"), "1 to add", warning, effect, "Enter a value", "Creating...")
			s.requireMachines(t, "ami-v1", "ami-v1")
		})
	}
}

// A healthy iteration ends the story, whether it is named or assigned to the channel.
func TestRecoveryFromRevocation(t *testing.T) {
	for by, argument := range map[string]string{
		"fingerprint": `fingerprint = "` + storyV3 + `"`,
		"channel":     `channel = "production-stable"`,
	} {
		t.Run(by, func(t *testing.T) {
			s := newStory(t)
			s.revoke(t, "v1")
			s.requireRefusal(t, "plan")
			s.hcp.Update(func(seed *hcpfake.Seed) {
				seed.Project(s.env["HCP_PROJECT_ID"]).Bucket(storyBucket).Channel("production-stable").Version = "v3"
			})
			s.replace(t, `fingerprint    = "`+storyV1+`"`, argument)
			if output := s.mustRun(t, "apply", "-input=false", "-auto-approve"); strings.Contains(output, "evoked") {
				t.Error("there is a warning")
			}
			s.requireMachines(t, "ami-v3")
			s.mustRun(t, "plan", "-input=false", "-detailed-exitcode")
		})
	}
}

// The machine's own image tells when v1 is revoked, but not when v2 is. The warning holds
// nothing up, and the search that it takes is not billed.
func TestRevocationIsSeenAtTheMachine(t *testing.T) {
	s := newStory(t)
	s.write(t, "main.tf", `
resource "terraform_data" "machine" {
  count            = 1
  input            = "ami-v1"
  triggers_replace = "ami-v1"
}

data "packer_image_status" "machine" {
  image_id       = "ami-v1"
  cloud_provider = "aws"
}
`)
	s.revoke(t, "v2")
	if output := s.mustRun(t, "plan", "-input=false", "-detailed-exitcode"); strings.Contains(output, "evoked") {
		t.Error("there is a warning although v1 is not revoked")
	}
	s.revoke(t, "v1")
	s.hcp.ResetRequests()
	requireInOrder(
		t, s.mustRun(t, "plan", "-input=false", "-detailed-exitcode"),
		"No changes.", "Warning: Image Is Revoked: ami-v1", "Bucket: web", "Iteration: v1", "ops@example.com", "CVE-2026-1234",
	)
	if searches, billed := s.hcp.Count(hcpfake.SearchExternalArtifact), s.hcp.BilledCount(); searches != 1 || billed != 0 {
		t.Errorf("%d searches and %d billed requests, want one and none", searches, billed)
	}
}
