package hcpfake

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/go-openapi/strfmt"
)

// namePattern matches names that can be a path segment without escaping. Names
// that consist of dots would refer to a parent.
var namePattern = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]*$`)

// check returns the seed's inconsistencies. Missing values are not inconsistent.
// With validate, it also returns errors of the SDK's own validation, such as
// unknown enumeration values.
func (s *Seed) check(validate bool) []error {
	c := &checker{validate: validate}
	clients := c.unique("client_id")
	for i, client := range s.Clients {
		path := fmt.Sprintf("clients[%d]", i)
		clients(path, client.ID)
		if client.ID == "" || client.Secret == "" {
			c.add(path, "client_id and client_secret are required")
		}
		if client.ProjectID != "" && s.Project(client.ProjectID) == nil {
			c.add(path, "project_id %q: no such project", client.ProjectID)
		}
		if (client.WorkloadProvider == "") != (client.WorkloadToken == "" && client.AWSAccessKeyID == "") {
			c.add(path, "workload_provider requires workload_token or aws_access_key_id, and vice versa")
		}
		if (client.AWSAccessKeyID == "") != (client.AWSSecretAccessKey == "") {
			c.add(path, "aws_access_key_id and aws_secret_access_key must be set together")
		}
		if client.WorkloadProvider != "" && !isWorkloadProvider(client.WorkloadProvider) {
			c.add(path, "workload_provider %q is not of the form iam/project/P/service-principal/S/workload-identity-provider/W", client.WorkloadProvider)
		}
	}
	organizations, projects := c.unique("id"), c.unique("id")
	for i, org := range s.Organizations {
		path := fmt.Sprintf("organizations[%d]", i)
		if c.reportNil(path, org == nil) {
			continue
		}
		organizations(path, org.ID)
		c.name(path, "id", org.ID)
		for j, p := range org.Projects {
			path := fmt.Sprintf("%s.projects[%d]", path, j)
			if c.reportNil(path, p == nil) {
				continue
			}
			projects(path, p.ID)
			c.project(path, p)
		}
	}
	return c.errs
}

type checker struct {
	validate bool
	errs     []error
}

func (c *checker) add(path, format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf("%s: %s", path, fmt.Sprintf(format, args...)))
}

func (c *checker) reportNil(path string, isNil bool) bool {
	if isNil {
		c.add(path, "is null")
	}
	return isNil
}

// unique returns a function that reports values it has seen before.
func (c *checker) unique(field string) func(path, value string) {
	first := make(map[string]string)
	return func(path, value string) {
		if value == "" {
			return
		}
		if earlier, taken := first[value]; taken {
			c.add(path, "%s %q: already used by %s", field, value, earlier)
			return
		}
		first[value] = path
	}
}

func (c *checker) name(path, field, value string) {
	if !namePattern.MatchString(value) {
		c.add(path, "%s %q: must consist of letters, digits, '-', '_' and '.', and not start with '.'", field, value)
	}
}

func (c *checker) model(path string, m interface{ Validate(strfmt.Registry) error }) {
	if !c.validate {
		return
	}
	if err := m.Validate(strfmt.Default); err != nil {
		c.add(path, "%s", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
}

func (c *checker) project(path string, p *Project) {
	c.name(path, "id", p.ID)
	if p.Registry == nil && len(p.Buckets) > 0 {
		c.add(path, "buckets require a registry")
	}
	if p.Registry != nil {
		c.model(path+".registry", p.Registry)
	}
	buckets := c.unique("name")
	for i, b := range p.Buckets {
		path := fmt.Sprintf("%s.buckets[%d]", path, i)
		if c.reportNil(path, b == nil) {
			continue
		}
		buckets(path, b.Name)
		c.name(path, "name", b.Name)
		c.versions(path, p, b)
		c.channels(path, b)
		c.parents(path, p, b)
	}
}

func (c *checker) parents(path string, p *Project, b *Bucket) {
	for i, parent := range b.Parents {
		path := fmt.Sprintf("%s.parents[%d]", path, i)
		if c.reportNil(path, parent == nil) {
			continue
		}
		if b.Version(parent.Version) == nil {
			c.add(path, "version %q: no such version in bucket %q", parent.Version, b.Name)
		}
		if p.Bucket(parent.ParentBucket).Version(parent.ParentVersion) == nil {
			c.add(path, "parent_version %q: no such version in bucket %q", parent.ParentVersion, parent.ParentBucket)
		}
	}
}

func (c *checker) versions(path string, p *Project, b *Bucket) {
	refs := c.unique("reference")
	for i, v := range b.Versions {
		path := fmt.Sprintf("%s.versions[%d]", path, i)
		if c.reportNil(path, v == nil) {
			continue
		}
		for _, ref := range references(v) {
			refs(path, ref)
		}
		if v.Fingerprint != "" {
			c.name(path, "fingerprint", v.Fingerprint)
		}
		if v.BucketName != "" && v.BucketName != b.Name {
			c.add(path, "bucket_name %q: the bucket is %q", v.BucketName, b.Name)
		}
		if from := v.RevocationInheritedFrom; from != nil && from.VersionID == "" && ancestor(p, from) == nil {
			c.add(path, "revocation_inherited_from: no such version in bucket %q", from.BucketName)
		}
		c.model(path, v)
	}
}

func (c *checker) channels(path string, b *Bucket) {
	names := c.unique("name")
	for i, ch := range b.Channels {
		path := fmt.Sprintf("%s.channels[%d]", path, i)
		if c.reportNil(path, ch == nil) {
			continue
		}
		names(path, ch.Name)
		c.name(path, "name", ch.Name)
		if ch.Version != "" && b.Version(ch.Version) == nil {
			c.add(path, "version %q: no such version in bucket %q", ch.Version, b.Name)
		}
		for j, a := range ch.History {
			if b.Version(a.Version) == nil {
				c.add(path, "history[%d] %q: no such version in bucket %q", j, a.Version, b.Name)
			}
		}
	}
}

// references returns the distinct values by which channels can refer to a version.
// All incomplete versions have the same name, so that is not one.
func references(v *Version) []string {
	var refs []string
	for _, ref := range []string{v.Fingerprint, v.Name, v.ID} {
		if ref != "" && ref != incompleteName && !slices.Contains(refs, ref) {
			refs = append(refs, ref)
		}
	}
	return refs
}

// ancestor returns the version that a revocation is inherited from, or nil.
func ancestor(p *Project, from *RevokedAncestor) *Version {
	b := p.Bucket(from.BucketName)
	for _, ref := range []string{from.VersionFingerprint, from.VersionName, from.VersionID} {
		if v := b.Version(ref); v != nil {
			return v
		}
	}
	return nil
}
