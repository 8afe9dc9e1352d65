package interop

import (
	"strings"
	"testing"

	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
)

const chainConfig = `
terraform {
  required_providers {
    hcp    = { source = "hashicorp/hcp" }
    packer = { source = "hashicorp/packer" }
  }
}

variable "approved" {}

resource "hcp_packer_channel" "production" {
  bucket_name = "base"
  name        = "production"
}

resource "hcp_packer_channel_assignment" "production" {
  bucket_name         = "base"
  channel_name        = hcp_packer_channel.production.name
  version_fingerprint = var.approved
}

data "packer_image_iteration" "production" {
  bucket     = "base"
  channel    = "production"
  depends_on = [hcp_packer_channel_assignment.production]
}

output "image" {
  value = one(distinct(data.packer_image_iteration.production.images[*].image_id))
}
`

// An image goes the whole way: Packer publishes it, the hcp provider assigns it to a
// channel, this provider reads the channel, and refuses the image while it is revoked.
func TestChain(t *testing.T) {
	l := newPublisher(t)
	requireHCPProvider(t)
	l.mustBuild(t, oneSource, "first", "image=ami-1")
	l.mustBuild(t, oneSource, "second", "image=ami-2")
	l.write(t, "chain/main.tf", chainConfig)
	l.installHCPProvider(t, "chain")

	l.requireImage(t, "second", "ami-2")
	l.updateVersion(t, "base", "second", &models.HashicorpCloudPacker20230101UpdateVersionBody{
		RevokeIn: "0s", RevocationMessage: "CVE-2026-1234", DisableRollbackChannels: true,
	})
	output, err := l.terraform(t, "chain", "plan", "-input=false", "-json", "-var=approved=second")
	if err == nil || !strings.Contains(output, revoked) || !strings.Contains(output, "CVE-2026-1234") {
		t.Errorf("the plan with a revoked image ended with %v:\n%s", err, output)
	}
	l.requireImage(t, "first", "ami-1")

	l.updateVersion(t, "base", "second", &models.HashicorpCloudPacker20230101UpdateVersionBody{Restore: true})
	l.requireImage(t, "second", "ami-2")
	if output, err := l.terraform(t, "chain", "destroy", "-auto-approve", "-input=false", "-no-color", "-var=approved=second"); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
	l.requireImages(t, map[string]string{"base/production": "Channel Not Found"})
}

// requireImage approves an iteration and compares the image that is then read.
func (l *lab) requireImage(t *testing.T, approved, want string) {
	t.Helper()
	if output, err := l.terraform(t, "chain", "apply", "-auto-approve", "-input=false", "-no-color", "-var=approved="+approved); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	if got, err := l.terraform(t, "chain", "output", "-raw", "image"); err != nil || got != want {
		t.Errorf("the image is %q, %v; want %q", got, err, want)
	}
}
