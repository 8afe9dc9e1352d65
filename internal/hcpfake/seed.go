package hcpfake

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"time"

	iam "github.com/hashicorp/hcp-sdk-go/clients/cloud-iam/stable/2019-12-10/models"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
	rm "github.com/hashicorp/hcp-sdk-go/clients/cloud-resource-manager/stable/2019-12-10/models"
)

// Model types of the SDK that a [Seed] consists of, under the names that HCP's
// documentation uses.
type (
	// Registry is the HCP Packer registry of a project.
	Registry = models.HashicorpCloudPacker20230101Registry
	// RegistryConfig is a registry's configuration, such as whether it is
	// activated.
	RegistryConfig = models.HashicorpCloudPacker20230101RegistryConfig
	// Version is one run of packer build, formerly called an iteration.
	Version = models.HashicorpCloudPacker20230101Version
	// VersionStatus is the status of a version, such as VERSION_ACTIVE.
	VersionStatus = models.HashicorpCloudPacker20230101VersionStatus
	// RevokedAncestor is the version that a revocation is inherited from.
	RevokedAncestor = models.HashicorpCloudPacker20230101RevokedAncestor
	// Build is the result of one source of a Packer template.
	Build = models.HashicorpCloudPacker20230101Build
	// BuildStatus is the status of a build, such as BUILD_DONE.
	BuildStatus = models.HashicorpCloudPacker20230101BuildStatus
	// Artifact is an image in one region.
	Artifact = models.HashicorpCloudPacker20230101Artifact
	// SBOMFormat is CYCLONEDX or SPDX.
	SBOMFormat = models.HashicorpCloudPacker20230101SbomFormat
	// EnforcedBlock is a block that Packer adds to the templates of a bucket.
	EnforcedBlock = models.HashicorpCloudPacker20230101EnforcedBlockDetail
	// ServicePrincipal is the subject of IAM policies.
	ServicePrincipal = iam.HashicorpCloudIamServicePrincipal
	// Policy is the IAM policy of a resource.
	Policy = rm.HashicorpCloudResourcemanagerPolicy
)

// Seed is the state of a [Server], initial or present. Its JSON encoding is the
// format of the seed files that [ReadSeed] reads:
//
//	{
//	  "clients": [
//	    {"client_id": "reader", "client_secret": "not-a-secret"}
//	  ],
//	  "organizations": [{
//	    "id": "…", "name": "example",
//	    "projects": [{
//	      "id": "…", "name": "images",
//	      "registry": {"config": {"activated": true}},
//	      "buckets": [{
//	        "name": "ubuntu",
//	        "versions": [{
//	          "name": "v7",
//	          "created_at": "now-48h",
//	          "builds": [{
//	            "component_type": "amazon-ebs.ubuntu", "platform": "aws",
//	            "artifacts": [{"region": "us-east-1", "external_identifier": "ami-0123"}]
//	          }]
//	        }],
//	        "channels": [{
//	          "name": "production-stable", "version": "v7",
//	          "history": [{"version": "v6", "assigned_at": "now-720h"}]
//	        }],
//	        "parents": [{"version": "v7", "parent_bucket": "base", "parent_version": "v3"}]
//	      }]
//	    }]
//	  }]
//	}
//
// Registries and versions have all the fields that they have in HCP's API,
// version 2023-01-01. In a file, times are in RFC 3339 format or relative to the
// start of the fake: "now", "now-48h", "now+720h".
//
// Fields that HCP would set are optional. The defaults are:
//
//   - id, fingerprint: ULIDs that are the same on every run
//   - bucket_name, version_id: those of the parent
//   - created_at: for registries, channels, builds and artifacts, that of the
//     parent; otherwise now
//   - updated_at: created_at; for assigned channels, not earlier than created_at
//     of the version
//   - author_id of a channel: "HCP Packer" if it is managed, else "hcpfake"
//   - history of a channel: its present assignment, if any, by author_id at
//     updated_at; other entries have no defaults
//   - status of a version: according to revoke_at, else active
//   - status of a build: done
//   - revoke_at of a revoked version: updated_at, but not later than now
//   - revocation_type: manual, or inherited with revocation_inherited_from
//   - revocation_inherited_from: the remaining fields of that version
//   - the channel "latest": managed, restricted, and assigned to the newest valid
//     version
//
// A version's name has no default.
type Seed struct {
	// Clients are the service principals that may sign in.
	Clients []Client `json:"clients"`
	// Organizations are in the order in which HCP lists them.
	Organizations []*Organization `json:"organizations"`
}

// Client is a service principal and its credentials.
type Client struct {
	ID     string `json:"client_id"`
	Secret string `json:"client_secret"`
	// ProjectID is the project of a project-level service principal. It cannot
	// list organizations and projects, nor read other projects. Empty means an
	// organization-level service principal.
	ProjectID string `json:"project_id,omitempty"`
	// Viewer makes the client read-only. Restricted channels are hidden from it.
	Viewer bool `json:"viewer,omitempty"`
	// WorkloadProvider is the resource name of a workload identity provider,
	// iam/project/P/service-principal/S/workload-identity-provider/W. It issues
	// access tokens in exchange for the JWT WorkloadToken or for a
	// GetCallerIdentity request signed with the AWS credentials, whichever are
	// set. If AWSSessionToken is empty, any session token is accepted.
	WorkloadProvider   string `json:"workload_provider,omitempty"`
	WorkloadToken      string `json:"workload_token,omitempty"`
	AWSAccessKeyID     string `json:"aws_access_key_id,omitempty"`
	AWSSecretAccessKey string `json:"aws_secret_access_key,omitempty"`
	AWSSessionToken    string `json:"aws_session_token,omitempty"`
}

// Organization is an HCP organization.
type Organization struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	CreatedAt time.Time  `json:"created_at,omitzero"`
	Projects  []*Project `json:"projects"`
}

// Project is an HCP project, which has at most one registry.
type Project struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	CreatedAt time.Time `json:"created_at,omitzero"`
	// Registry is nil if the project has none. A registry is inactive unless
	// its configuration is activated, as that of [ActiveRegistry] is.
	Registry *Registry `json:"registry,omitempty"`
	Buckets  []*Bucket `json:"buckets,omitempty"`
	// ServicePrincipals and Policies, by resource name, are what clients have
	// created. The fake enforces no policy.
	ServicePrincipals []*ServicePrincipal `json:"service_principals,omitempty"`
	Policies          map[string]*Policy  `json:"policies,omitempty"`
}

// Bucket is an image family.
type Bucket struct {
	ID          string            `json:"id,omitempty"`
	Name        string            `json:"name"`
	Description string            `json:"description,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	CreatedAt   time.Time         `json:"created_at,omitzero"`
	UpdatedAt   time.Time         `json:"updated_at,omitzero"`
	Versions    []*Version        `json:"versions,omitempty"`
	Channels    []*Channel        `json:"channels,omitempty"`
	// Parents tell which images the builds of this bucket started from.
	Parents        []*Parent        `json:"parents,omitempty"`
	SBOMs          []*SBOM          `json:"sboms,omitempty"`
	EnforcedBlocks []*EnforcedBlock `json:"enforced_blocks,omitempty"`
}

// Parent records that a build started from an image of another version in the
// same registry. Versions are referred to by fingerprint, name or ID.
type Parent struct {
	// Version is the build's, and ComponentType tells it from other builds of
	// that version.
	Version       string `json:"version"`
	ComponentType string `json:"component_type,omitempty"`
	ParentBucket  string `json:"parent_bucket"`
	ParentVersion string `json:"parent_version"`
	// ParentChannel is the name or ID of the channel that the image was found
	// by, if any.
	ParentChannel string `json:"parent_channel,omitempty"`
}

// SBOM is a software bill of materials that was uploaded for a build.
type SBOM struct {
	ID      string     `json:"id"`
	BuildID string     `json:"build_id"`
	Name    string     `json:"name"`
	Format  SBOMFormat `json:"format"`
	// Document is the uncompressed JSON document.
	Document string `json:"document"`
}

// Channel is a name that can be assigned to a version of its bucket.
type Channel struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name"`
	// AuthorID and UpdatedAt tell who last changed the channel, and when.
	AuthorID  string    `json:"author_id,omitempty"`
	CreatedAt time.Time `json:"created_at,omitzero"`
	UpdatedAt time.Time `json:"updated_at,omitzero"`
	// Version is the fingerprint, name ("v7") or ID of the assigned version, or
	// empty if the channel is unassigned.
	Version string `json:"version,omitempty"`
	// History contains the assignments so far, most recent last. Revocations
	// roll the channel back to them. The present one may be left out.
	History []Assignment `json:"history,omitempty"`
	// Managed channels, such as "latest", are managed by HCP.
	Managed bool `json:"managed,omitempty"`
	// Restricted channels are hidden from viewers.
	Restricted bool `json:"restricted,omitempty"`
}

// Assignment is an entry of a channel's history.
type Assignment struct {
	// Version is the fingerprint, name or ID of the assigned version.
	Version    string    `json:"version"`
	AuthorID   string    `json:"author_id,omitempty"`
	AssignedAt time.Time `json:"assigned_at,omitzero"`
}

// UnmarshalJSON also accepts the version alone, as a string.
func (a *Assignment) UnmarshalJSON(data []byte) error {
	if data[0] == '"' {
		return json.Unmarshal(data, &a.Version)
	}
	type fields Assignment
	return json.Unmarshal(data, (*fields)(a))
}

// latestChannel is the channel that HCP manages in every bucket
// (models.HashicorpCloudPacker20230101Channel.Managed).
const latestChannel = "latest"

// Authors of channels. HCP is the author of the channels that it manages.
const (
	managedAuthor = "HCP Packer"
	defaultAuthor = "hcpfake"
)

// ActiveRegistry returns an activated registry of the standard tier.
func ActiveRegistry() *Registry {
	return &Registry{Config: &RegistryConfig{
		Activated:   true,
		FeatureTier: models.HashicorpCloudPacker20230101RegistryConfigTierSTANDARD.Pointer(),
	}}
}

// Project returns the project with the given ID in any organization, or nil.
func (s *Seed) Project(id string) *Project {
	for _, org := range s.Organizations {
		if p := org.project(id); p != nil {
			return p
		}
	}
	return nil
}

// Bucket returns the bucket with the given name, or nil. p may be nil.
func (p *Project) Bucket(name string) *Bucket {
	if p == nil {
		return nil
	}
	return find(p.Buckets, func(b *Bucket) bool { return b.Name == name })
}

// Version returns the version with the given fingerprint, name or ID, or nil. b
// may be nil.
func (b *Bucket) Version(ref string) *Version {
	if b == nil || ref == "" {
		return nil
	}
	if v := b.byFingerprint(ref); v != nil { // It may look like the name of another.
		return v
	}
	return find(b.Versions, func(v *Version) bool { return v.Name == ref || v.ID == ref })
}

// Channel returns the channel with the given name, or nil. b may be nil.
func (b *Bucket) Channel(name string) *Channel {
	if b == nil {
		return nil
	}
	return find(b.Channels, func(c *Channel) bool { return c.Name == name })
}

func (s *Seed) organization(id string) *Organization {
	return find(s.Organizations, func(o *Organization) bool { return o.ID == id })
}

func (o *Organization) project(id string) *Project {
	if o == nil {
		return nil
	}
	return find(o.Projects, func(p *Project) bool { return p.ID == id })
}

// client returns a copy, because callers use it without the lock.
func (s *Seed) client(id string) (Client, bool) {
	i := slices.IndexFunc(s.Clients, func(c Client) bool { return c.ID == id })
	if i < 0 {
		return Client{}, false
	}
	return s.Clients[i], true
}

// find returns the first matching element that is not nil, or nil.
func find[T any](list []*T, match func(*T) bool) *T {
	for _, e := range list {
		if e != nil && match(e) {
			return e
		}
	}
	return nil
}

// maxFunc returns the first maximal element of those that match, or nil.
func maxFunc[T any](list []*T, compare func(a, b *T) int, match func(*T) bool) *T {
	list = slices.DeleteFunc(nonNil(list), func(e *T) bool { return !match(e) })
	if len(list) == 0 {
		return nil
	}
	return slices.MaxFunc(list, compare)
}

// MarshalJSON returns the seed in the format of a seed file, without unset fields.
func (s Seed) MarshalJSON() (data []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	e := encoder{omitUnset: true}
	e.encode(reflect.ValueOf(s))
	return e.buf, nil
}

// clone returns a deep copy. Like the SDK's JSON encoding, it truncates the times
// of versions to milliseconds.
func (s Seed) clone() (Seed, error) {
	var c Seed
	data, err := json.Marshal(s)
	if err != nil {
		return c, fmt.Errorf("copying the seed: %w", err)
	}
	if err := json.Unmarshal(data, &c); err != nil {
		return c, fmt.Errorf("copying the seed: %w", err)
	}
	return c, nil
}
