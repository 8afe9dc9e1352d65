package interop

import (
	"bufio"
	"encoding/json"
	"maps"
	"strings"
	"testing"
)

// query is one read of this provider. Without a platform it reads all images.
type query struct {
	ProjectID     string `json:"project_id"`
	Bucket        string `json:"bucket"`
	Channel       string `json:"channel,omitempty"`
	Fingerprint   string `json:"fingerprint,omitempty"`
	CloudProvider string `json:"cloud_provider,omitempty"`
	Region        string `json:"region,omitempty"`
	ComponentType string `json:"component_type,omitempty"`
	// All is the key of the query for all images of the same iteration.
	All string `json:"all"`

	iterationID string // for Packer's deprecated data sources, which know no fingerprints
}

// reading is the result of a query. If the read failed, only Failure is set.
type reading struct {
	Failure     string // the summary of the error
	Fingerprint string `json:"fingerprint"`
	ID          string `json:"id"`
	// ImageIDs are those of the images that match, and ImageID is what the function
	// image_id selects from all images of the iteration, if it selects one.
	ImageIDs []string `json:"image_ids"`
	ImageID  string   `json:"image_id"`
}

const readConfig = `
locals {
  queries = jsondecode(file("queries.json"))
}

data "packer_image_iteration" "read" {
  for_each       = local.queries
  project_id     = each.value.project_id
  bucket         = each.value.bucket
  channel        = try(each.value.channel, null)
  fingerprint    = try(each.value.fingerprint, null)
  cloud_provider = try(each.value.cloud_provider, null)
  region         = try(each.value.region, null)
  component_type = try(each.value.component_type, null)
}

output "readings" {
  value = {
    for key, read in data.packer_image_iteration.read : key => {
      fingerprint = read.fingerprint
      id          = read.id
      image_ids   = distinct(read.images[*].image_id)
      image_id = try(provider::packer::image_id(
        data.packer_image_iteration.read[local.queries[key].all].images,
        local.queries[key].cloud_provider,
        local.queries[key].region,
        compact([try(local.queries[key].component_type, "")])...
      ), "")
    }
  }
}

terraform {
  required_providers {
    packer = { source = "hashicorp/packer" }
  }
}
`

// read reads with this provider. If any read fails Terraform shows no values, but all
// errors, so it runs again with those queries that did not fail.
func (l *lab) read(t *testing.T, queries map[string]query) map[string]reading {
	t.Helper()
	l.write(t, "read/main.tf", readConfig)
	l.writeJSON(t, "read/queries.json", queries)
	printed, err := l.terraform(t, "read", "apply", "-auto-approve", "-input=false", "-json")
	readings := failures(t, printed)
	if err != nil {
		succeeded := maps.Clone(queries)
		maps.DeleteFunc(succeeded, func(key string, _ query) bool { return readings[key].Failure != "" })
		l.writeJSON(t, "read/queries.json", succeeded)
		if printed, err := l.terraform(t, "read", "apply", "-auto-approve", "-input=false", "-no-color"); err != nil {
			t.Fatalf("%v\n%s", err, printed)
		}
	}
	printed, err = l.terraform(t, "read", "output", "-json", "readings")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(printed), &readings); err != nil {
		t.Fatal(err)
	}
	if len(readings) != len(queries) {
		t.Fatalf("%d readings of %d queries", len(readings), len(queries))
	}
	return readings
}

// failures returns the failed reads among what terraform apply -json printed.
func failures(t *testing.T, printed string) map[string]reading {
	t.Helper()
	failed := make(map[string]reading)
	lines := bufio.NewScanner(strings.NewReader(printed))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line struct {
			Diagnostic *struct{ Severity, Summary, Detail, Address string }
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		d := line.Diagnostic
		if d == nil || d.Severity != "error" {
			continue
		}
		key, ok := strings.CutPrefix(d.Address, `data.packer_image_iteration.read["`)
		if !ok {
			t.Fatalf("%+v", d)
		}
		failed[strings.TrimSuffix(key, `"]`)] = reading{Failure: d.Summary}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return failed
}

func (l *lab) writeJSON(t *testing.T, file string, value any) {
	t.Helper()
	encoded, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	l.write(t, file, string(encoded))
}
