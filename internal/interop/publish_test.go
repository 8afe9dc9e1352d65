package interop

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/client/packer_service"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
	"github.com/hashicorp/hcp-sdk-go/config"
	"github.com/hashicorp/hcp-sdk-go/httpclient"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
)

// template is a Packer template for the bucket base. Its images are files: the name is
// the image ID, and the directory is the region.
const template = `
variable "image" {}

variable "channels" {
  type    = list(string)
  default = []
}

variable "script" {
  default = "true"
}

source "file" "eu" {
  content = "image"
  target  = "eu-central-1/${var.image}"
}

source "file" "us" {
  content = "image"
  target  = "us-east-1/${var.image}"
}

hcp_packer_registry {
  bucket_name = "base"
  channels    = var.channels
}

build {
  sources = %s
  provisioner "shell-local" {
    inline = [var.script]
  }
}
`

var (
	oneSource  = fmt.Sprintf(template, `["source.file.eu"]`)
	twoSources = fmt.Sprintf(template, `["source.file.eu", "source.file.us"]`)
)

// childTemplate builds the bucket app from the image in the channel production of the
// bucket base.
const childTemplate = `
data "hcp-packer-artifact" "base" {
  bucket_name  = "base"
  channel_name = "production"
  platform     = "packer.file"
  region       = "eu-central-1"
}

source "file" "eu" {
  source = data.hcp-packer-artifact.base.external_identifier
  target = "eu-central-1/app-1"
}

hcp_packer_registry {
  bucket_name = "app"
}

build {
  sources = ["source.file.eu"]
}
`

// newPublisher returns a lab with an empty registry.
func newPublisher(t *testing.T) *lab {
	t.Helper()
	return newLab(t, &hcpfake.Project{ID: projectID, Name: "images", Registry: hcpfake.ActiveRegistry()})
}

// build runs packer build for an iteration with this fingerprint.
func (l *lab) build(t *testing.T, template, fingerprint string, vars ...string) error {
	t.Helper()
	_, err := l.packer(t, []string{"HCP_PACKER_BUILD_FINGERPRINT=" + fingerprint}, l.buildArguments(t, template, vars)...)
	return err
}

func (l *lab) buildArguments(t *testing.T, template string, vars []string) []string {
	t.Helper()
	l.write(t, "template.pkr.hcl", template)
	arguments := []string{"build", "-color=false"}
	for _, v := range vars {
		arguments = append(arguments, "-var="+v)
	}
	return append(arguments, "template.pkr.hcl")
}

func (l *lab) mustBuild(t *testing.T, template, fingerprint string, vars ...string) {
	t.Helper()
	if err := l.build(t, template, fingerprint, vars...); err != nil {
		t.Fatal(err)
	}
}

// requireImages compares the images that this provider reads with those wanted, which
// are image IDs separated by spaces, or else the summary of an error. References are
// "bucket/channel" or "bucket@fingerprint".
func (l *lab) requireImages(t *testing.T, want map[string]string) {
	t.Helper()
	queries := make(map[string]query)
	for reference := range want {
		q := query{ProjectID: projectID, All: reference}
		if bucket, fingerprint, ok := strings.Cut(reference, "@"); ok {
			q.Bucket, q.Fingerprint = bucket, fingerprint
		} else {
			q.Bucket, q.Channel, _ = strings.Cut(reference, "/")
		}
		queries[reference] = q
	}
	for reference, reading := range l.read(t, queries) {
		got := strings.Join(slices.Sorted(slices.Values(reading.ImageIDs)), " ") // Packer creates builds in parallel
		if reading.Failure != "" {
			got = reading.Failure
		}
		if got != want[reference] {
			t.Errorf("%s: got %q, want %q", reference, got, want[reference])
		}
	}
}

const (
	notComplete = "Iteration Is Not Complete"
	revoked     = "Image Iteration Is Revoked"
	unassigned  = "Channel Without Iteration"
)

func TestPublish(t *testing.T) {
	l := newPublisher(t)
	l.mustBuild(t, oneSource, "first", "image=ami-1")
	l.createChannel(t)
	l.requireImages(t, map[string]string{"base/latest": "ami-1", "base@first": "ami-1", "base/production": unassigned})

	l.mustBuild(t, oneSource, "second", "image=ami-2", `channels=["production"]`)
	l.mustBuild(t, oneSource, "third", "image=ami-3")
	l.requireImages(t, map[string]string{"base/latest": "ami-3", "base/production": "ami-2", "base@first": "ami-1"})
}

func TestTwoSources(t *testing.T) {
	l := newPublisher(t)
	l.mustBuild(t, oneSource, "first", "image=ami-1")
	l.createChannel(t)
	l.mustBuild(t, twoSources, "second", "image=ami-2", `channels=["production"]`)

	readings := l.read(t, map[string]query{
		"all": {ProjectID: projectID, Bucket: "base", Channel: "production", All: "all"},
		"us":  {ProjectID: projectID, Bucket: "base", Channel: "production", CloudProvider: "packer.file", Region: "us-east-1", ComponentType: "file.us", All: "all"},
	})
	if us := readings["us"]; us.Fingerprint != "second" || us.ImageID != "ami-2" || len(us.ImageIDs) != 1 {
		t.Errorf("%+v", us)
	}
}

// A failed build is resumed with its fingerprint, and Packer repeats only what failed.
// Once the iteration is complete, Packer refuses to build it again.
func TestFailedBuild(t *testing.T) {
	l := newPublisher(t)
	if err := l.build(t, twoSources, "first", "image=ami-1", `script=test "$PACKER_BUILD_NAME" = eu`); err == nil {
		t.Error("the build did not fail")
	}
	l.requireImages(t, map[string]string{"base/latest": unassigned, "base@first": notComplete})
	l.mustBuild(t, twoSources, "first", "image=ami-2")
	l.requireImages(t, map[string]string{"base/latest": "ami-1 ami-2", "base@first": "ami-1 ami-2"})
	if err := l.build(t, twoSources, "first", "image=ami-3"); err == nil {
		t.Error("Packer built a complete iteration again")
	}
	l.requireImages(t, map[string]string{"base/latest": "ami-1 ami-2"})
}

// Packer runs the blocks that are enforced on a bucket.
func TestEnforcedBlock(t *testing.T) {
	l := newPublisher(t)
	l.mustBuild(t, oneSource, "first", "image=ami-1")
	l.fake.Update(func(s *hcpfake.Seed) {
		s.Project(projectID).Bucket("base").EnforcedBlocks = []*hcpfake.EnforcedBlock{{
			ID: "block", Name: "block", Version: &models.HashicorpCloudPacker20230101EnforcedBlockVersion{
				ID: "1", Version: "1", BlockContent: `provisioner "shell-local" { inline = ["exit 1"] }`,
				TemplateType: models.HashicorpCloudPacker20230101TemplateTypeHCL2.Pointer(),
			},
		}}
	})
	if err := l.build(t, oneSource, "second", "image=ami-2"); err == nil {
		t.Error("the build succeeded")
	}
	l.requireImages(t, map[string]string{"base/latest": "ami-1", "base@second": notComplete})
}

func TestCancelledBuild(t *testing.T) {
	l := newPublisher(t)
	started := filepath.Join(l.dir, "started")
	if output, err := l.command(t, nil, "mkfifo", started, "finished").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	build := l.command(t, []string{"HCP_PACKER_BUILD_FINGERPRINT=first"}, *packerPath,
		l.buildArguments(t, oneSource, []string{"image=ami-1", "script=echo >started; cat finished"})...)
	if err := build.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.ReadFile(started); err != nil { // waits for the script
		t.Fatal(err)
	}
	if err := build.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := build.Wait(); err == nil {
		t.Error("the build succeeded")
	}
	l.requireImages(t, map[string]string{"base/latest": unassigned, "base@first": notComplete})
	l.mustBuild(t, oneSource, "first", "image=ami-1")
	l.requireImages(t, map[string]string{"base/latest": "ami-1"})
}

// A revoked image takes with it what was built from it.
func TestParentAndChild(t *testing.T) {
	l := newPublisher(t)
	l.mustBuild(t, oneSource, "base-1", "image=ami-1")
	l.createChannel(t)
	l.mustBuild(t, oneSource, "base-2", "image=ami-2", `channels=["production"]`)
	l.write(t, "ami-2", "image")
	l.mustBuild(t, childTemplate, "app-1")
	l.requireImages(t, map[string]string{"base/production": "ami-2", "app/latest": "app-1"})

	l.updateVersion(t, "base", "base-2", &models.HashicorpCloudPacker20230101UpdateVersionBody{RevokeIn: "0s", RevocationMessage: "CVE-2026-1234"})
	l.requireImages(t, map[string]string{
		"base/production": unassigned, "base/latest": "ami-1", "base@base-2": revoked,
		"app/latest": unassigned, "app@app-1": revoked,
	})
	if err := l.build(t, childTemplate, "app-2"); err == nil {
		t.Error("Packer built from a channel without an iteration")
	}

	l.updateVersion(t, "base", "base-2", &models.HashicorpCloudPacker20230101UpdateVersionBody{Restore: true})
	l.requireImages(t, map[string]string{"base@base-2": "ami-2", "app@app-1": "app-1"})
}

// api returns HCP's SDK as a client of the fake. It sets HOME to a temporary directory,
// because the SDK caches tokens there.
func (l *lab) api(t *testing.T) packer_service.ClientService {
	t.Helper()
	t.Setenv("HOME", t.TempDir())
	cfg, err := config.NewHCPConfig(
		config.WithAPI(l.endpoint.Addr, l.endpoint.TLSConfig()),
		config.WithAuth(l.endpoint.URL(), l.endpoint.TLSConfig()),
		config.WithClientCredentials(l.env["HCP_CLIENT_ID"], l.env["HCP_CLIENT_SECRET"]),
		config.WithoutBrowserLogin(),
	)
	if err != nil {
		t.Fatal(err)
	}
	client, err := httpclient.New(httpclient.Config{HCPConfig: cfg})
	if err != nil {
		t.Fatal(err)
	}
	return packer_service.New(client, nil)
}

// createChannel creates the channel production of the bucket base.
func (l *lab) createChannel(t *testing.T) {
	t.Helper()
	_, err := l.api(t).PackerServiceCreateChannel(packer_service.NewPackerServiceCreateChannelParamsWithContext(t.Context()).
		WithLocationOrganizationID(organizationID).WithLocationProjectID(projectID).WithBucketName("base").
		WithBody(&models.HashicorpCloudPacker20230101CreateChannelBody{Name: "production"}), nil)
	if err != nil {
		t.Fatal(err)
	}
}

func (l *lab) updateVersion(t *testing.T, bucket, fingerprint string, body *models.HashicorpCloudPacker20230101UpdateVersionBody) {
	t.Helper()
	_, err := l.api(t).PackerServiceUpdateVersion(packer_service.NewPackerServiceUpdateVersionParamsWithContext(t.Context()).
		WithLocationOrganizationID(organizationID).WithLocationProjectID(projectID).WithBucketName(bucket).WithFingerprint(fingerprint).
		WithBody(body), nil)
	if err != nil {
		t.Fatal(err)
	}
}
