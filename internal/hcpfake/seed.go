package hcpfake

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
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
)

// Seed is the initial state of a [Server]. Its JSON encoding is the format of the
// seed files that [ReadSeed] reads:
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
//	            "component_type": "amazon-ebs", "platform": "aws",
//	            "artifacts": [{"region": "us-east-1", "external_identifier": "ami-0123"}]
//	          }]
//	        }],
//	        "channels": [{"name": "production-stable", "version": "v7"}]
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
	// History contains the fingerprints, names or IDs of previously assigned
	// versions, most recent last. [Server.Revoke] rolls back to them.
	History []string `json:"history,omitempty"`
	// Managed channels, such as "latest", are managed by HCP.
	Managed bool `json:"managed,omitempty"`
	// Restricted channels are hidden from viewers in HCP. The fake returns the
	// field, but restricts nobody.
	Restricted bool `json:"restricted,omitempty"`
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
	return find(b.Versions, func(v *Version) bool {
		return v.Fingerprint == ref || v.Name == ref || v.ID == ref
	})
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
