package hcpfake

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/go-openapi/strfmt"
)

// usableName matches what can be one segment of a path of HCP's API without
// escaping. Dots alone would climb up the path.
var usableName = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]*$`)

// check finds what contradicts itself. Holes are no contradiction.
func (s *Seed) check() []error {
	c := &checker{}
	clients := c.unique("client_id")
	for i, client := range s.Clients {
		at := fmt.Sprintf("clients[%d]", i)
		clients(at, client.ID)
		if client.ID == "" || client.Secret == "" {
			c.add(at, "client_id and client_secret are both needed")
		}
		if client.ProjectID != "" && s.Project(client.ProjectID) == nil {
			c.add(at, "project_id %q: no such project", client.ProjectID)
		}
		if (client.WorkloadProvider == "") != (client.WorkloadToken == "" && client.AWSAccessKeyID == "") {
			c.add(at, "workload_provider goes with workload_token or aws_access_key_id")
		}
		if (client.AWSAccessKeyID == "") != (client.AWSSecretAccessKey == "") {
			c.add(at, "aws_access_key_id and aws_secret_access_key go together")
		}
		if client.WorkloadProvider != "" && !isWorkloadProvider(client.WorkloadProvider) {
			c.add(at, "workload_provider %q: want iam/project/P/service-principal/S/workload-identity-provider/W", client.WorkloadProvider)
		}
	}
	organizations, projects := c.unique("id"), c.unique("id")
	for i, org := range s.Organizations {
		at := fmt.Sprintf("organizations[%d]", i)
		if c.missing(at, org == nil) {
			continue
		}
		organizations(at, org.ID)
		c.usable(at, "id", org.ID)
		for j, p := range org.Projects {
			at := fmt.Sprintf("%s.projects[%d]", at, j)
			if c.missing(at, p == nil) {
				continue
			}
			projects(at, p.ID)
			c.project(at, p)
		}
	}
	return c.errs
}

// checkModels finds values that HCP's API does not have.
func (s *Seed) checkModels() []error {
	c := &checker{}
	s.walk(func(at string, p *Project, b *Bucket) {
		if b == nil {
			if p.Registry != nil {
				c.model(at+".registry", p.Registry)
			}
			return
		}
		for i, v := range b.Versions {
			c.model(fmt.Sprintf("%s.versions[%d]", at, i), v)
		}
	})
	return c.errs
}

type checker struct{ errs []error }

func (c *checker) add(at, format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf("%s: %s", at, fmt.Sprintf(format, args...)))
}

func (c *checker) missing(at string, isNil bool) bool {
	if isNil {
		c.add(at, "is null")
	}
	return isNil
}

// unique returns a function that reports a value that was there before.
func (c *checker) unique(field string) func(at, value string) {
	first := make(map[string]string)
	return func(at, value string) {
		if value == "" {
			return
		}
		if earlier, taken := first[value]; taken {
			c.add(at, "%s %q: %s has it already", field, value, earlier)
			return
		}
		first[value] = at
	}
}

func (c *checker) usable(at, field, value string) {
	if !usableName.MatchString(value) {
		c.add(at, "%s %q: want letters, digits, '-', '_' and '.', not starting with '.'", field, value)
	}
}

func (c *checker) model(at string, m interface{ Validate(strfmt.Registry) error }) {
	if err := m.Validate(strfmt.Default); err != nil {
		c.add(at, "%s", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
}

func (c *checker) project(at string, p *Project) {
	c.usable(at, "id", p.ID)
	if p.Registry == nil && len(p.Buckets) > 0 {
		c.add(at, "buckets without a registry")
	}
	buckets := c.unique("name")
	for i, b := range p.Buckets {
		at := fmt.Sprintf("%s.buckets[%d]", at, i)
		if c.missing(at, b == nil) {
			continue
		}
		buckets(at, b.Name)
		c.usable(at, "name", b.Name)
		c.versions(at, p, b)
		c.channels(at, b)
	}
}

func (c *checker) versions(at string, p *Project, b *Bucket) {
	refs := c.unique("reference")
	for i, v := range b.Versions {
		at := fmt.Sprintf("%s.versions[%d]", at, i)
		if c.missing(at, v == nil) {
			continue
		}
		for _, ref := range references(v) {
			refs(at, ref)
		}
		if v.Fingerprint != "" {
			c.usable(at, "fingerprint", v.Fingerprint)
		}
		if v.BucketName != "" && v.BucketName != b.Name {
			c.add(at, "bucket_name %q: the bucket is %q", v.BucketName, b.Name)
		}
		if from := v.RevocationInheritedFrom; from != nil && ancestor(p, from) == nil {
			c.add(at, "revocation_inherited_from: no such version in bucket %q", from.BucketName)
		}
	}
}

func (c *checker) channels(at string, b *Bucket) {
	names := c.unique("name")
	for i, ch := range b.Channels {
		at := fmt.Sprintf("%s.channels[%d]", at, i)
		if c.missing(at, ch == nil) {
			continue
		}
		names(at, ch.Name)
		c.usable(at, "name", ch.Name)
		if ch.Version != "" && b.Version(ch.Version) == nil {
			c.add(at, "version %q: no such version in bucket %q", ch.Version, b.Name)
		}
		for j, ref := range ch.History {
			if b.Version(ref) == nil {
				c.add(at, "history[%d] %q: no such version in bucket %q", j, ref, b.Name)
			}
		}
	}
}

// references are what a channel may call a version. HCP names all incomplete
// versions v0, so that is no reference.
func references(v *Version) []string {
	var refs []string
	for _, ref := range []string{v.Fingerprint, v.Name, v.ID} {
		if ref != "" && ref != "v0" && !slices.Contains(refs, ref) {
			refs = append(refs, ref)
		}
	}
	return refs
}

// ancestor is the version that a revocation is inherited from, or nil.
func ancestor(p *Project, from *RevokedAncestor) *Version {
	b := p.Bucket(from.BucketName)
	for _, ref := range []string{from.VersionFingerprint, from.VersionName, from.VersionID} {
		if v := b.Version(ref); v != nil {
			return v
		}
	}
	return nil
}

// walk visits every project (with a nil bucket) and then its buckets.
func (s *Seed) walk(visit func(at string, p *Project, b *Bucket)) {
	for i, org := range s.Organizations {
		for j, p := range org.Projects {
			at := fmt.Sprintf("organizations[%d].projects[%d]", i, j)
			visit(at, p, nil)
			for k, b := range p.Buckets {
				visit(fmt.Sprintf("%s.buckets[%d]", at, k), p, b)
			}
		}
	}
}
