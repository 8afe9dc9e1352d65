package interop

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
)

// The bucket of the promotion example, and its iterations.
const (
	promotedBucket = "hardened-ubuntu-16-04"
	v6             = "01JB1Y7RFM4C6H9QTS2E0XKAZN" // revoked in a week
	v7             = "01JBM4T9WQ2ZK8X3N5R7D1FHVC"
	v8             = "01JC9X4E2M7QKZ5T8W0RBHNVD3" // in no example
)

var stages = []string{"dev", "staging", "prod"}

// What the guide "Pin and roll out" says about promotion holds, with its example: v7 is
// in dev and staging, v6 in prod.
func TestPromotion(t *testing.T) {
	l := newLab(t, stagesProject())
	requireHCPProvider(t)
	l.copy(t, "../../examples/guides/pin-and-roll-out/promotion.tf", "promotion/main.tf")
	l.installHCPProvider(t, "promotion")

	for _, stage := range stages {
		address, id := fmt.Sprintf("hcp_packer_channel_assignment.stage[%q]", stage), promotedBucket+":"+stage
		if output, err := l.terraform(t, "promotion", "import", "-input=false", "-no-color", address, id); err != nil {
			t.Fatalf("%v\n%s", err, output)
		}
	}
	l.promote(t, "0 to add, 2 to change, 0 to destroy", "apply", "-auto-approve")
	l.requireStages(t, v7, v7, v6)

	// When v7 is revoked, HCP rolls back dev and staging. If that was a mistake, the next
	// apply assigns v7 again.
	revoke := func() {
		t.Helper()
		if err := l.fake.Revoke(hcpfake.Revocation{ProjectID: projectID, Bucket: promotedBucket, Version: v7}); err != nil {
			t.Fatal(err)
		}
		l.requireStages(t, v6, v6, v6)
	}
	revoke()
	l.updateVersion(t, promotedBucket, v7, &models.HashicorpCloudPacker20230101UpdateVersionBody{Restore: true})
	l.promote(t, "0 to add, 2 to change, 0 to destroy", "apply", "-auto-approve")
	l.requireStages(t, v7, v7, v6)

	// Until the configuration agrees, it is refused, and allow_revoked would assign v7 again.
	revoke()
	l.promote(t, revoked, "plan")
	l.write(t, "promotion/allow.tf", "provider \"packer\" {\n  allow_revoked = true\n}\n")
	l.promote(t, "0 to add, 2 to change, 0 to destroy", "plan")
	l.write(t, "promotion/allow.tf", "")
	allV6 := fmt.Sprintf(`-var=stages={dev = %[1]q, staging = %[1]q, prod = %[1]q}`, v6)
	l.promote(t, "No changes", "apply", "-auto-approve", allV6)

	// When a scheduled revocation takes effect, HCP moves no channel.
	l.fake.Advance(8 * 24 * time.Hour)
	l.requireStages(t, revoked, revoked, revoked)
	l.promote(t, revoked, "plan", allV6)

	// A new iteration is promoted stage by stage, with the revoked one allowed.
	l.publishV8()
	l.write(t, "promotion/allow_override.tf", fmt.Sprintf("data \"packer_image_iteration\" \"stage\" {\n  allow_revoked = each.key == %q\n}\n", v6))
	toDev := fmt.Sprintf(`-var=stages={dev = %q, staging = %[2]q, prod = %[2]q}`, v8, v6)
	l.promote(t, "0 to add, 1 to change, 0 to destroy", "apply", "-auto-approve", toDev)
	l.requireStages(t, v8, revoked, revoked)

	// Removing the assignments empties the channels.
	l.promote(t, "3 destroyed", "destroy", "-refresh=false", "-auto-approve", toDev)
	l.requireStages(t, unassigned, unassigned, unassigned)
}

// With the channels in the same configuration, Terraform creates them before it assigns
// them. A channel with no earlier iteration is empty once its own is revoked, and the next
// apply assigns another.
func TestPromotionWithChannels(t *testing.T) {
	project := stagesProject()
	project.Bucket(promotedBucket).Channels = nil
	l := newLab(t, project)
	requireHCPProvider(t)
	l.write(t, "promotion/main.tf", promotionWithChannels(t))
	l.installHCPProvider(t, "promotion")

	l.promote(t, "6 added, 0 changed, 0 destroyed", "apply", "-auto-approve")
	l.requireStages(t, v7, v7, v6)
	if err := l.fake.Revoke(hcpfake.Revocation{ProjectID: projectID, Bucket: promotedBucket, Version: v7}); err != nil {
		t.Fatal(err)
	}
	l.requireStages(t, unassigned, unassigned, v6)
	allV6 := fmt.Sprintf(`-var=stages={dev = %[1]q, staging = %[1]q, prod = %[1]q}`, v6)
	l.promote(t, "Apply complete!", "apply", "-auto-approve", allV6)
	l.requireStages(t, v6, v6, v6)

	// If no earlier iteration is good, the channels are empty. Stages are left out until a
	// new iteration is promoted to them.
	if err := l.fake.Revoke(hcpfake.Revocation{ProjectID: projectID, Bucket: promotedBucket, Version: v6}); err != nil {
		t.Fatal(err)
	}
	l.requireStages(t, unassigned, unassigned, unassigned)
	l.publishV8()
	l.promote(t, "Apply complete!", "apply", "-auto-approve", fmt.Sprintf("-var=stages={dev = %q}", v8))
	l.requireStages(t, v8, unassigned, unassigned)
	l.promote(t, "Apply complete!", "apply", "-auto-approve", fmt.Sprintf("-var=stages={dev = %[1]q, staging = %[1]q}", v8))
	l.requireStages(t, v8, v8, unassigned)
}

func (l *lab) publishV8() {
	l.fake.Update(func(s *hcpfake.Seed) {
		bucket := s.Project(projectID).Bucket(promotedBucket)
		bucket.Versions = append(bucket.Versions, &hcpfake.Version{
			ID: v8, Name: "v8", Fingerprint: v8, Status: models.HashicorpCloudPacker20230101VersionStatusVERSIONACTIVE.Pointer(),
		})
	})
}

// promotionWithChannels returns the example that promotes, with the channels, edited as the
// guide says.
func promotionWithChannels(t *testing.T) string {
	t.Helper()
	var parts []string
	for _, file := range []string{"promotion.tf", "channels.tf"} {
		text, err := os.ReadFile("../../examples/guides/pin-and-roll-out/" + file)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, string(text))
	}
	before, after, found := strings.Cut(strings.Join(parts, "\n"), "= each.key\n  version_fingerprint")
	if !found {
		t.Fatal("the example assigns no channel")
	}
	return before + "= hcp_packer_channel.stage[each.key].name\n  version_fingerprint" + after
}

// stagesProject returns the example project. Its bucket has a channel for each stage, and
// all of them point to v6.
func stagesProject() *hcpfake.Project {
	project := exampleProject()
	bucket := project.Bucket(promotedBucket)
	bucket.Channels = nil
	for _, stage := range stages {
		bucket.Channels = append(bucket.Channels, &hcpfake.Channel{Name: stage, Version: v6})
	}
	return project
}

// promote runs Terraform in the configuration that promotes, and requires a text in what
// it prints.
func (l *lab) promote(t *testing.T, want string, arguments ...string) {
	t.Helper()
	arguments = append([]string{"-chdir=promotion"}, append(arguments, "-input=false", "-no-color")...)
	output, err := l.command(t, nil, terraformPath, arguments...).CombinedOutput()
	if !strings.Contains(string(output), want) {
		t.Fatalf("terraform %s: %v\n%s\nwant %q", strings.Join(arguments, " "), err, output, want)
	}
}

// requireStages compares the fingerprints that this provider reads from the channels of
// the stages, or the summary of an error.
func (l *lab) requireStages(t *testing.T, dev, staging, prod string) {
	t.Helper()
	queries := make(map[string]query)
	for _, stage := range stages {
		queries[stage] = query{ProjectID: projectID, Bucket: promotedBucket, Channel: stage, All: stage}
	}
	readings := l.read(t, queries)
	for stage, want := range map[string]string{"dev": dev, "staging": staging, "prod": prod} {
		if got := readings[stage].Fingerprint + readings[stage].Failure; got != want {
			t.Errorf("%s: got %q, want %q", stage, got, want)
		}
	}
}
