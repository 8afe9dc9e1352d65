package interop

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

const migrationExamples = "../../examples/guides/from-hcp-provider/"

// The examples of the guide "From the hcp provider" select the same images before and
// after the move, so that nothing changes.
func TestMigration(t *testing.T) {
	requireHCPProvider(t)
	for _, step := range []struct{ before, after string }{
		{"before-fingerprint.tf", "after-fingerprint.tf"},
		{"before-artifact.tf", "after-artifact.tf"},
	} {
		t.Run(step.before, func(t *testing.T) {
			l := newLab(t, exampleProject())
			l.copy(t, migrationExamples+step.before, "migration/main.tf")
			l.installHCPProvider(t, "migration")
			if output, err := l.terraform(t, "migration", "apply", "-auto-approve", "-input=false", "-no-color"); err != nil || !strings.Contains(output, "ami-") {
				t.Fatalf("%v\n%s", err, output)
			}
			l.copy(t, migrationExamples+step.after, "migration/main.tf")
			if output, err := l.terraform(t, "migration", "apply", "-auto-approve", "-input=false", "-no-color"); err != nil || !strings.Contains(output, "No changes") {
				t.Fatalf("%v\n%s", err, output)
			}
			if output, err := l.terraform(t, "migration", "state", "list"); err != nil || output != "data.packer_image_iteration.ubuntu\n" {
				t.Errorf("the state has %q, %v", output, err)
			}
		})
	}
}

// The pairs are the rows of the tables in the guide "From the hcp provider": what an
// attribute of the hcp provider is there, and here.
const pairsConfig = `
terraform {
  required_providers {
    hcp    = { source = "hashicorp/hcp" }
    packer = { source = "hashicorp/packer" }
  }
}

variable "channel" {}

data "hcp_packer_version" "old" {
  bucket_name  = "hardened-ubuntu-16-04"
  channel_name = var.channel
}

data "hcp_packer_artifact" "old" {
  bucket_name         = "hardened-ubuntu-16-04"
  version_fingerprint = data.hcp_packer_version.old.fingerprint
  platform            = "aws"
  region              = "us-east-1"
}

data "packer_image_iteration" "new" {
  bucket         = "hardened-ubuntu-16-04"
  channel        = var.channel
  cloud_provider = "aws"
  region         = "us-east-1"
}

locals {
  version  = data.hcp_packer_version.old
  artifact = data.hcp_packer_artifact.old
  new      = data.packer_image_iteration.new
}

output "pairs" {
  value = {
    "version name"                 = [local.version.name, local.new.version]
    "version id"                   = [local.version.id, local.new.id]
    "version fingerprint"          = [local.version.fingerprint, local.new.fingerprint]
    "version author_id"            = [local.version.author_id, local.new.author_id]
    "version created_at"           = [local.version.created_at, local.new.created_at]
    "version updated_at"           = [local.version.updated_at, local.new.updated_at]
    "version revoke_at"            = [local.version.revoke_at, local.new.revoke_at]
    "version organization_id"      = [local.version.organization_id, local.new.organization_id]
    "artifact external_identifier" = [local.artifact.external_identifier, one(local.new.images).image_id]
    "artifact id"                  = [local.artifact.id, one(local.new.images).id]
    "artifact build_id"            = [local.artifact.build_id, one(local.new.images).build_id]
    "artifact component_type"      = [local.artifact.component_type, one(local.new.images).component_type]
    "artifact created_at"          = [local.artifact.created_at, one(local.new.images).created_at]
    "artifact labels"              = [local.artifact.labels, one(local.new.images).labels]
    "artifact packer_run_uuid"     = [local.artifact.packer_run_uuid, one(local.new.builds).packer_run_uuid]
    "artifact version_fingerprint" = [local.artifact.version_fingerprint, local.new.fingerprint]
    "artifact revoke_at"           = [local.artifact.revoke_at, local.new.revoke_at]
    "artifact organization_id"     = [local.artifact.organization_id, local.new.organization_id]
  }
}
`

// The attributes that the guide names as counterparts have the same values, but for the
// differences that it names: the form of times, and the date of no revocation.
func TestCounterparts(t *testing.T) {
	requireHCPProvider(t)
	l := newLab(t, exampleProject())
	l.write(t, "counterparts/main.tf", pairsConfig)
	l.installHCPProvider(t, "counterparts")
	for channel, revokeAt := range map[string]bool{"production-stable": false, "staging": true} {
		if output, err := l.terraform(t, "counterparts", "apply", "-auto-approve", "-input=false", "-no-color", "-var=channel="+channel); err != nil {
			t.Fatalf("%v\n%s", err, output)
		}
		output, err := l.terraform(t, "counterparts", "output", "-json", "pairs")
		if err != nil {
			t.Fatal(err)
		}
		var pairs map[string][2]any
		if err := json.Unmarshal([]byte(output), &pairs); err != nil {
			t.Fatal(err)
		}
		if !revokeAt {
			if pairs["version revoke_at"] != [2]any{"0001-01-01T00:00:00.000Z", nil} {
				t.Errorf("%s: the date of no revocation is %v", channel, pairs["version revoke_at"])
			}
			delete(pairs, "version revoke_at")
		}
		for attribute, pair := range pairs {
			if pair[0] == nil && attribute != "artifact revoke_at" || !reflect.DeepEqual(instant(pair[0]), instant(pair[1])) {
				t.Errorf("%s: %s is %v in the hcp provider, and %v here", channel, attribute, pair[0], pair[1])
			}
		}
	}
}

// instant returns a time that compares equal whatever its form was, or else the value.
func instant(value any) any {
	text, _ := value.(string)
	if parsed, err := time.Parse(time.RFC3339, text); err == nil {
		return parsed.UTC()
	}
	return value
}
