package hcpfake

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
)

// The SDK's model types that a [Seed] is made of, under the names that HCP's
// documentation gives them.
type (
	// Registry is the HCP Packer registry of a project.
	Registry = models.HashicorpCloudPacker20230101Registry
	// RegistryConfig says among other things whether a registry is activated.
	RegistryConfig = models.HashicorpCloudPacker20230101RegistryConfig
	// Version is one complete run of packer build, formerly an iteration.
	Version = models.HashicorpCloudPacker20230101Version
	// VersionStatus is VERSION_ACTIVE, VERSION_REVOKED and so on.
	VersionStatus = models.HashicorpCloudPacker20230101VersionStatus
	// RevokedAncestor is where an inherited revocation comes from.
	RevokedAncestor = models.HashicorpCloudPacker20230101RevokedAncestor
	// Build is what one source of a template made.
	Build = models.HashicorpCloudPacker20230101Build
	// BuildStatus is BUILD_DONE, BUILD_RUNNING and so on.
	BuildStatus = models.HashicorpCloudPacker20230101BuildStatus
	// Artifact is one image in one region.
	Artifact = models.HashicorpCloudPacker20230101Artifact
)

// Seed is what a [Server] starts with, and the format of the seed file that
// [ReadSeed] reads:
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
// Registries and versions are written in the words of HCP's API version
// 2023-01-01, with all its fields. In a file, a time is in the format of RFC
// 3339 or relative to the start of the fake: "now", "now-48h", "now+720h".
//
// What HCP would add may be left out: ids, the fingerprint, bucket_name and
// version_id, created_at and updated_at, status (active, or what revoke_at
// says; a build is done), revoke_at of a revoked version (when it was updated
// last, or now if that is still ahead), the rest of revocation_inherited_from,
// and the managed channel "latest", which points at the newest valid version.
// An absent name of a version stays absent.
type Seed struct {
	// Clients are the service principals that may sign in.
	Clients []Client `json:"clients"`
	// Organizations in the order in which HCP lists them.
	Organizations []*Organization `json:"organizations"`
}

// Client is a service principal and its key.
type Client struct {
	ID     string `json:"client_id"`
	Secret string `json:"client_secret"`
	// ProjectID makes it a project-level service principal: it may list
	// neither organizations nor projects and is refused on other projects.
	ProjectID string `json:"project_id,omitempty"`
	// WorkloadProvider is the resource name of a workload identity provider,
	// iam/project/P/service-principal/S/workload-identity-provider/W. It
	// exchanges WorkloadToken for an access token, or a GetCallerIdentity
	// request signed with the AWS keys, or either of them. If AWSSessionToken
	// is empty, any session token is accepted.
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
	// Registry is nil where none was ever made. It is inactive unless its
	// configuration says activated; [ActiveRegistry] makes an active one.
	Registry *Registry `json:"registry,omitempty"`
	Buckets  []*Bucket `json:"buckets,omitempty"`
}

// Bucket is a family of images.
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

// Channel is a name that points at a version of its bucket.
type Channel struct {
	ID        string    `json:"id,omitempty"`
	Name      string    `json:"name"`
	AuthorID  string    `json:"author_id,omitempty"`
	CreatedAt time.Time `json:"created_at,omitzero"`
	UpdatedAt time.Time `json:"updated_at,omitzero"`
	// Version is the fingerprint, the name ("v7") or the ID of the assigned
	// version, and empty where none is assigned.
	Version string `json:"version,omitempty"`
	// History names the versions that were assigned before, the latest last.
	// They are what [Server.Revoke] rolls the channel back to.
	History []string `json:"history,omitempty"`
	// Managed channels belong to HCP. The channel "latest" is one.
	Managed bool `json:"managed,omitempty"`
	// Restricted channels are for principals that may write. The fake only
	// echoes it: nobody is refused.
	Restricted bool `json:"restricted,omitempty"`
}

// latestChannel is the channel that HCP manages in every bucket ("such as the
// latest channel", models.HashicorpCloudPacker20230101Channel.Managed).
const latestChannel = "latest"

// ActiveRegistry is the registry of a project that pays for it.
func ActiveRegistry() *Registry {
	return &Registry{Config: &RegistryConfig{
		Activated:   true,
		FeatureTier: models.HashicorpCloudPacker20230101RegistryConfigTierSTANDARD.Pointer(),
	}}
}

// Project is the project with the given ID in any organization, or nil.
func (s *Seed) Project(id string) *Project {
	for _, org := range s.Organizations {
		if p := org.project(id); p != nil {
			return p
		}
	}
	return nil
}

// Bucket is the bucket with the given name, or nil.
func (p *Project) Bucket(name string) *Bucket {
	if p == nil {
		return nil
	}
	return find(p.Buckets, func(b *Bucket) bool { return b.Name == name })
}

// Version is the version with the given fingerprint, name or ID, or nil.
func (b *Bucket) Version(ref string) *Version {
	if b == nil || ref == "" {
		return nil
	}
	return find(b.Versions, func(v *Version) bool {
		return v.Fingerprint == ref || v.Name == ref || v.ID == ref
	})
}

// Channel is the channel with the given name, or nil.
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

// client returns a copy, so that it outlives the lock of the state.
func (s *Seed) client(id string) (Client, bool) {
	i := slices.IndexFunc(s.Clients, func(c Client) bool { return c.ID == id })
	if i < 0 {
		return Client{}, false
	}
	return s.Clients[i], true
}

// find is the first element that matches; a nil element matches nothing.
func find[T any](list []*T, match func(*T) bool) *T {
	for _, e := range list {
		if e != nil && match(e) {
			return e
		}
	}
	return nil
}

// greatest is the first element that matches and that no other one surpasses,
// or nil.
func maxFunc[T any](list []*T, compare func(a, b *T) int, match func(*T) bool) *T {
	list = slices.DeleteFunc(nonNil(list), func(e *T) bool { return !match(e) })
	if len(list) == 0 {
		return nil
	}
	return slices.MaxFunc(list, compare)
}

// clone shares nothing with s. Times lose what is finer than the milliseconds
// in which HCP writes them.
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
