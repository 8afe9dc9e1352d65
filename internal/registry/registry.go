// Package registry is the domain: what an image registry contains, when an
// iteration is revoked, and why it cannot be read.
//
// It knows neither Terraform nor the HCP SDK, and imports only the standard
// library and package flight. Packages provider and hcp convert from and to its
// types.
package registry

import (
	"cmp"
	"strconv"
	"strings"
	"time"
)

// Location is where a registry is: every HCP project has at most one.
type Location struct {
	OrganizationID string // UUID
	ProjectID      string // UUID
}

// Or returns the location with its empty fields taken from fallback.
func (at Location) Or(fallback Location) Location {
	return Location{
		OrganizationID: cmp.Or(at.OrganizationID, fallback.OrganizationID),
		ProjectID:      cmp.Or(at.ProjectID, fallback.ProjectID),
	}
}

// Reference identifies an iteration of a bucket: the one that a channel is assigned,
// or the one with a fingerprint. Exactly one of Channel and Fingerprint is set.
type Reference struct {
	Location
	Bucket      string
	Channel     string
	Fingerprint string
}

// Iteration is the result of one run of `packer build`. HCP calls it a version
// today. Strings and times are zero when HCP does not provide them.
type Iteration struct {
	ID             string // ULID
	Version        string // the name HCP shows, such as "v7"
	Fingerprint    string
	AuthorID       string
	TemplateType   string // "HCL2" or "JSON"
	Status         string // "ACTIVE", StatusRevoked, … or a word newer than this code
	CreatedAt      time.Time
	UpdatedAt      time.Time
	Revocation     Revocation
	ParentsStatus  string // "UP_TO_DATE", "OUT_OF_DATE" or "UNDETERMINED"
	HasDescendants bool
	Channel        Channel // through which the iteration was found; zero by fingerprint
	Builds         []Build
}

// Channel is what HCP says about a channel itself.
type Channel struct {
	ID        string // ULID
	AuthorID  string // of the latest change
	UpdatedAt time.Time
}

// Incomplete reports whether images may be missing, because Packer is still running or
// did not succeed.
func (it *Iteration) Incomplete() bool {
	switch it.Status {
	case "RUNNING", "INCOMPLETE", "CANCELLED", "FAILED":
		return true
	default:
		return false
	}
}

// IncrementalVersion returns the number of the iteration: 7 for "v7". ok is false
// if it has none: an incomplete iteration is called "v0".
func (it *Iteration) IncrementalVersion() (number int64, ok bool) {
	digits, found := strings.CutPrefix(it.Version, "v")
	if !found {
		return 0, false
	}
	parsed, err := strconv.ParseUint(digits, 10, 63) // ParseUint: no sign
	if err != nil || parsed == 0 {
		return 0, false
	}
	return int64(parsed), true
}

// Build is the result of one source of the Packer template.
type Build struct {
	ID            string // ULID
	IterationID   string // ULID
	ComponentType string // the Packer source, such as "amazon-ebs.ubuntu"
	CloudProvider string // such as "aws"
	Status        string // "DONE", "RUNNING", …
	Labels        map[string]string
	PackerRunUUID string
	SourceImageID string // the image that this build started from
	CreatedAt     time.Time
	UpdatedAt     time.Time
	Images        []Image
}

// Image is one machine image in one region.
type Image struct {
	ID        string // ULID of the registry's record
	ImageID   string // the cloud's own identifier, such as "ami-0c7d2f5b1e9a84d63"
	Region    string
	CreatedAt time.Time
}
