package hcpfake_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-openapi/strfmt"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
)

var ulid = regexp.MustCompile(`^[0-7][0-9A-HJKMNP-TV-Z]{25}$`)

// seedOf returns a seed file with the given JSON as its buckets.
func seedOf(bucket string) string {
	return fmt.Sprintf(`{"clients":[{"client_id":"c","client_secret":"s"}],"organizations":[{"id":"o","name":"org",
		"projects":[{"id":"p","name":"project","registry":{"config":{"activated":true}},"buckets":[%s]}]}]}`, bucket)
}

func TestReadSeedDefaults(t *testing.T) {
	seed, err := hcpfake.ReadSeed(strings.NewReader(seedOf(`
		{"name":"base","versions":[
			{"name":"v1","created_at":"now-48h","revoke_at":"now-24h",
			 "builds":[{"platform":"aws","artifacts":[{"region":"us-east-1"}]}]},
			{"name":"v2","revoke_at":"now+720h"},
			{"created_at":"2024-01-02T03:04:05+01:00"}],
		 "channels":[{"name":"production","version":"v1"}]},
		{"name":"child","versions":[{"name":"v1","revoke_at":"now","revocation_inherited_from":
			{"bucket_name":"base","version_name":"v1"}}],
		 "channels":[{"name":"latest","version":"v1"}]}`)), start.Add(time.Millisecond))
	check(t, err)
	p := seed.Project("p")
	if p.Registry.ID == "" || p.Registry.Location.OrganizationID != "o" {
		t.Errorf("the registry is %+v", p.Registry)
	}
	v1, v2, v3 := p.Bucket("base").Versions[0], p.Bucket("base").Version("v2"), p.Bucket("base").Versions[2]
	equal(t, "v1 created", v1.CreatedAt.String(), "2024-11-02T12:00:00.000Z")
	equal(t, "v1 updated", v1.UpdatedAt, v1.CreatedAt)
	equal(t, "v1 revoked", v1.RevokeAt.String(), "2024-11-03T12:00:00.000Z")
	equal(t, "v1 status", *v1.Status, models.HashicorpCloudPacker20230101VersionStatusVERSIONREVOKED)
	equal(t, "v1 revocation type", *v1.RevocationType, models.HashicorpCloudPacker20230101RevocationTypeMANUAL)
	equal(t, "v1 bucket", v1.BucketName, "base")
	equal(t, "build's version", v1.Builds[0].VersionID, v1.ID)
	equal(t, "build's status", *v1.Builds[0].Status, models.HashicorpCloudPacker20230101BuildStatusBUILDDONE)
	equal(t, "artifact created", v1.Builds[0].Artifacts[0].CreatedAt, v1.CreatedAt)
	equal(t, "v2 status", *v2.Status, models.HashicorpCloudPacker20230101VersionStatusVERSIONREVOCATIONSCHEDULED)
	equal(t, "v3 status", *v3.Status, models.HashicorpCloudPacker20230101VersionStatusVERSIONACTIVE)
	equal(t, "v3 created", v3.CreatedAt.String(), "2024-01-02T02:04:05.000Z")
	equal(t, "v3 name", v3.Name, "")
	for _, id := range []string{v1.ID, v1.Fingerprint, v1.Builds[0].ID, v1.Builds[0].Artifacts[0].ID, p.Registry.ID, p.Bucket("base").ID, v3.ID} {
		if !ulid.MatchString(id) {
			t.Errorf("%q is not a ULID", id)
		}
	}
	child := p.Bucket("child").Version("v1")
	from := child.RevocationInheritedFrom
	equal(t, "child's revocation type", *child.RevocationType, models.HashicorpCloudPacker20230101RevocationTypeINHERITED)
	equal(t, "ancestor's ID", from.VersionID, v1.ID)
	equal(t, "ancestor's fingerprint", from.VersionFingerprint, v1.Fingerprint)
	equal(t, "ancestor's URL", from.Href, "/packer/2023-01-01/organizations/o/projects/p/buckets/base/versions/"+v1.Fingerprint)
	latest := p.Bucket("base").Channel("latest")
	if latest == nil || !latest.Managed || p.Bucket("base").Version(latest.Version) != v2 {
		t.Errorf("the channel latest is %+v, want it managed and at v2", latest)
	}
	named := p.Bucket("child").Channel("latest")
	equal(t, "the named channel latest", named.Version, "v1")
	equal(t, "the number of its namesakes", len(p.Bucket("child").Channels), 1)
}

func TestReadSeedIsDeterministic(t *testing.T) {
	read := func(now time.Time) string {
		seed, err := hcpfake.ReadSeed(strings.NewReader(seedOf(`{"name":"b","versions":[{}]}`)), now)
		check(t, err)
		return seed.Project("p").Bucket("b").Versions[0].ID
	}
	equal(t, "the ID on another day", read(start.Add(24*time.Hour)), read(start))
}

func TestReadSeedErrors(t *testing.T) {
	const at = "organizations[0].projects[0].buckets[0]"
	for name, c := range map[string]struct{ seed, want string }{
		"nothing":               {``, "unexpected EOF"},
		"half a document":       {`{"clients":[`, "unexpected EOF"},
		"no JSON":               {`{clients}`, "at byte "},
		"an array":              {`[]`, "document: got an array, want an object"},
		"null":                  {`null`, "document: got null, want an object"},
		"trailing data":         {`{} {}`, "unexpected data after the end"},
		"trailing text":         {`{} x`, "unexpected data after the end"},
		"unknown field":         {`{"client":[]}`, "client: unknown field; the fields are clients, organizations"},
		"other case":            {`{"Clients":[]}`, "Clients: unknown field"},
		"unknown deep field":    {seedOf(`{"name":"b","versions":[{"nam":"v1"}]}`), at + ".versions[0].nam: unknown field"},
		"name twice":            {seedOf(`{"name":"b","name":"c"}`), at + ".name: duplicate field"},
		"wrong type":            {seedOf(`{"name":1}`), "name"},
		"array for object":      {seedOf(`{"name":"b","versions":[[]]}`), at + ".versions[0]: got an array, want an object"},
		"object for array":      {seedOf(`{"name":"b","versions":{}}`), at + ".versions: got an object, want an array"},
		"null bucket":           {seedOf(`null`), at + ": got null, want an object"},
		"bad time":              {seedOf(`{"name":"b","versions":[{"revoke_at":"yesterday"}]}`), at + `.versions[0].revoke_at: "yesterday": want an RFC 3339 time`},
		"empty time":            {seedOf(`{"name":"b","versions":[{"revoke_at":""}]}`), at + `.versions[0].revoke_at: "": want an RFC 3339 time`},
		"bad offset":            {seedOf(`{"name":"b","created_at":"now-2d"}`), at + `.created_at: "now-2d": want a relative time such as now, now-48h`},
		"offset without a sign": {seedOf(`{"name":"b","created_at":"now2h"}`), at + `.created_at: "now2h": want a relative time such as now, now-48h`},
		"number for time":       {seedOf(`{"name":"b","created_at":1}`), at + ".created_at: want a time as a string"},
		"unknown status":        {seedOf(`{"name":"b","versions":[{"status":"ACTIVE"}]}`), at + ".versions[0]: "},
		"unknown version":       {seedOf(`{"name":"b","channels":[{"name":"c","version":"v9"}]}`), at + `.channels[0]: version "v9": no such version in bucket "b"`},
		"unknown in history":    {seedOf(`{"name":"b","channels":[{"name":"c","history":["v9"]}]}`), at + `.channels[0]: history[0] "v9": no such version`},
		"unknown child":         {seedOf(`{"name":"b","parents":[{"version":"v9","parent_bucket":"b","parent_version":"v1"}],"versions":[{"name":"v1"}]}`), at + `.parents[0]: version "v9": no such version in bucket "b"`},
		"unknown parent":        {seedOf(`{"name":"b","parents":[{"version":"v1","parent_bucket":"c","parent_version":"v1"}],"versions":[{"name":"v1"}]}`), at + `.parents[0]: parent_version "v1": no such version in bucket "c"`},
		"null parent":           {seedOf(`{"name":"b","parents":[null]}`), at + `.parents[0]: got null, want an object`},
		"half an assignment":    {seedOf(`{"name":"b","channels":[{"name":"c","history":[{"version":"v1","at":"now"}]}]}`), at + `.channels[0].history[0].at: unknown field`},
		"unknown ancestor":      {seedOf(`{"name":"b","versions":[{"revocation_inherited_from":{"bucket_name":"x","version_name":"v1"}}]}`), at + `.versions[0]: revocation_inherited_from: no such version in bucket "x"`},
		"bucket twice":          {seedOf(`{"name":"b"},{"name":"b"}`), `.buckets[1]: name "b": already used by ` + at},
		"channel twice":         {seedOf(`{"name":"b","channels":[{"name":"c"},{"name":"c"}]}`), `.channels[1]: name "c": `},
		"version twice":         {seedOf(`{"name":"b","versions":[{"name":"v1"},{"fingerprint":"v1"}]}`), `.versions[1]: reference "v1": `},
		"bucket of another":     {seedOf(`{"name":"b","versions":[{"bucket_name":"c"}]}`), `.versions[0]: bucket_name "c": the bucket is "b"`},
		"no name":               {seedOf(`{}`), at + `: name "": must consist of letters`},
		"a path":                {seedOf(`{"name":"a/b"}`), at + `: name "a/b": must consist of letters`},
		"dots":                  {seedOf(`{"name":".."}`), at + `: name "..": must consist of letters`},
		"unusable channel":      {seedOf(`{"name":"b","channels":[{"name":"ä"}]}`), `.channels[0]: name "ä": must consist of letters`},
		"no registry":           {`{"organizations":[{"id":"o","projects":[{"id":"p","buckets":[{"name":"b"}]}]}]}`, "organizations[0].projects[0]: buckets require a registry"},
		"project twice":         {`{"organizations":[{"id":"o","projects":[{"id":"p"}]},{"id":"q","projects":[{"id":"p"}]}]}`, `organizations[1].projects[0]: id "p": `},
		"organization twice":    {`{"organizations":[{"id":"o"},{"id":"o"}]}`, `organizations[1]: id "o": `},
		"client twice":          {`{"clients":[{"client_id":"c","client_secret":"s"},{"client_id":"c","client_secret":"s"}]}`, `clients[1]: client_id "c": `},
		"no secret":             {`{"clients":[{"client_id":"c"}]}`, "clients[0]: client_id and client_secret are required"},
		"unknown project":       {`{"clients":[{"client_id":"c","client_secret":"s","project_id":"p"}]}`, `clients[0]: project_id "p": no such project`},
		"half a workload":       {`{"clients":[{"client_id":"c","client_secret":"s","workload_token":"t"}]}`, "clients[0]: workload_provider requires workload_token or aws_access_key_id"},
		"half an AWS key":       {`{"clients":[{"client_id":"c","client_secret":"s","aws_secret_access_key":"t"}]}`, "clients[0]: aws_access_key_id and aws_secret_access_key must be set together"},
		"bad workload":          {`{"clients":[{"client_id":"c","client_secret":"s","workload_token":"t","workload_provider":"iam/x"}]}`, `clients[0]: workload_provider "iam/x" is not of the form iam/project`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := hcpfake.ReadSeed(strings.NewReader(c.seed), start)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got error %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestReadSeedReportsAllErrors(t *testing.T) {
	_, err := hcpfake.ReadSeed(strings.NewReader(`{"a":1,"b":2,"clients":[{"c":3}]}`), start)
	for _, want := range []string{"a: unknown", "b: unknown", "clients[0].c: unknown"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want one with %q", err, want)
		}
	}
}

// Labels and metadata may look like relative times.
func TestReadSeedKeepsLabelsAndMetadata(t *testing.T) {
	seed, err := hcpfake.ReadSeed(strings.NewReader(seedOf(
		`{"name":"b","labels":{"built_at":"now"},"versions":[{"builds":[{"labels":{"created_at":"now-1h"},"metadata":{"vcs":{"at":"now"}}}]}]}`)), start)
	check(t, err)
	b := seed.Project("p").Bucket("b")
	equal(t, "the bucket's label", b.Labels["built_at"], "now")
	equal(t, "the build's label", b.Versions[0].Builds[0].Labels["created_at"], "now-1h")
	metadata, err := json.Marshal(b.Versions[0].Builds[0].Metadata)
	check(t, err)
	equal(t, "the metadata", string(metadata), `{"vcs":{"at":"now"}}`)
}

func TestNewReportsInconsistencies(t *testing.T) {
	seed := testSeed()
	seed.Project(projectID).Bucket("ubuntu").Channel("staging").Version = "v9"
	var reports []string
	hcpfake.New(seed, hcpfake.WithErrorf(func(format string, args ...any) {
		reports = append(reports, fmt.Sprintf(format, args...))
	}))
	if len(reports) != 1 || !strings.Contains(reports[0], `version "v9": no such version`) {
		t.Errorf("got the reports %q, want one about v9", reports)
	}
}

func TestNewCopiesTheSeed(t *testing.T) {
	seed := testSeed()
	fake := hcpfake.New(seed, hcpfake.WithErrorf(t.Errorf))
	equal(t, "the seed's ID of v1", seed.Project(projectID).Bucket("ubuntu").Version("v1").ID, "")
	seed.Project(projectID).Bucket("ubuntu").Name = "changed"
	fake.Update(func(s *hcpfake.Seed) {
		if s.Project(projectID).Bucket("ubuntu") == nil {
			t.Error("the server shares memory with the seed")
		}
	})
}

func TestNewAcceptsNilElements(t *testing.T) {
	seed := testSeed()
	b := seed.Project(projectID).Bucket("ubuntu")
	b.Versions = append(b.Versions, &hcpfake.Version{Name: "v4", Builds: []*hcpfake.Build{nil, {Artifacts: []*hcpfake.Artifact{nil}}}})
	fake := hcpfake.New(seed, hcpfake.WithErrorf(t.Errorf))
	w := get(t, fake, packer2023+"/buckets/ubuntu/channels/latest")
	equal(t, "the status", w.Code, 200)
	if !strings.Contains(w.Body.String(), `"builds":[null,{"artifacts":[null]`) {
		t.Errorf("got %s, want it to contain the nulls", w.Body)
	}
}

func TestExample(t *testing.T) {
	seed := hcpfake.Example(start)
	p := seed.Organizations[0].Projects[0]
	base, web := p.Bucket("hardened-ubuntu-16-04"), p.Bucket("web-server")

	stable := base.Version(base.Channel("production-stable").Version)
	equal(t, "production-stable", stable.Name, "v7")
	equal(t, "its status", *stable.Status, models.HashicorpCloudPacker20230101VersionStatusVERSIONACTIVE)
	var images []string
	for _, b := range stable.Builds {
		for _, a := range b.Artifacts {
			images = append(images, b.ComponentType+" "+b.Platform+" "+a.Region)
		}
	}
	equal(t, "its images", strings.Join(images, ", "),
		"amazon-ebs.ubuntu aws us-east-1, amazon-ebs.ubuntu aws eu-central-1, azure-arm.ubuntu azure eastus, googlecompute.ubuntu gce us-central1-a")

	staging := base.Version(base.Channel("staging").Version)
	equal(t, "staging's status", *staging.Status, models.HashicorpCloudPacker20230101VersionStatusVERSIONREVOCATIONSCHEDULED)
	equal(t, "staging's revocation", staging.RevokeAt, strfmt.DateTime(start.Add(168*time.Hour)))
	if staging.RevocationAuthor == "" || staging.RevocationMessage == "" {
		t.Error("the revocation of staging lacks an author or a message")
	}
	equal(t, "release-candidate", base.Channel("release-candidate").Version, "")
	equal(t, "latest", base.Channel("latest").Version, stable.Fingerprint)

	child := web.Version(web.Channel("production-stable").Version)
	equal(t, "the child's status", *child.Status, models.HashicorpCloudPacker20230101VersionStatusVERSIONREVOKED)
	ancestor := base.Version(child.RevocationInheritedFrom.VersionFingerprint)
	equal(t, "the ancestor's name", ancestor.Name, "v5")
	equal(t, "the ancestor's status", *ancestor.Status, models.HashicorpCloudPacker20230101VersionStatusVERSIONREVOKED)
	fixed := web.Version(web.Channel("latest").Version)
	equal(t, "the child's successor", fixed.Name, "v4")
	equal(t, "its status", *fixed.Status, models.HashicorpCloudPacker20230101VersionStatusVERSIONACTIVE)

	other := seed.Organizations[0].Projects[1].Bucket("web")
	equal(t, "the other project's version", other.Version(other.Channel("production-stable").Version).Name, "v1")
	for _, p := range seed.Organizations[0].Projects {
		for _, b := range p.Buckets {
			for _, v := range b.Versions {
				if !ulid.MatchString(v.Fingerprint) {
					t.Errorf("the fingerprint %q of %s is not a ULID, as those that Packer generates are", v.Fingerprint, b.Name)
				}
			}
		}
	}
}
