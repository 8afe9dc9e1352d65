package provider

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-openapi/strfmt"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
)

const statusConfig = `
data "packer_image_status" "test" {
  image_id       = "ami-frankfurt"
  cloud_provider = "aws"
}`

// withStatusArguments is statusConfig with these arguments too.
func withStatusArguments(arguments ...string) string {
	return strings.Replace(statusConfig, "\n}", "\n  "+strings.Join(arguments, "\n  ")+"\n}", 1)
}

func statusOf(name string, want knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue("data.packer_image_status.test", tfjsonpath.New(name), want)
}

// requireNoDiagnostics requires that no call so far returned a diagnostic.
func (f *fixture) requireNoDiagnostics(t *testing.T) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, call := range f.calls {
		for _, d := range call.diagnostics {
			t.Errorf("%s: %s\n%s", d.Severity, d.Summary, d.Detail)
		}
	}
}

func TestImageStatus(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	exact, null := knownvalue.StringExact, knownvalue.Null()
	f.run(t, resource.TestStep{Config: statusConfig, ConfigStateChecks: []statecheck.StateCheck{
		statusOf("organization_id", exact(testOrganization)),
		statusOf("project_id", exact(testProject)),
		statusOf("region", null),
		statusOf("tracked", knownvalue.Bool(true)),
		statusOf("revoked", knownvalue.Bool(false)),
		statusOf("revoke_at", null),
		statusOf("iterations", knownvalue.ListExact([]knownvalue.Check{knownvalue.ObjectExact(map[string]knownvalue.Check{
			"bucket": exact(testBucket), "id": exact("01JNZ3N5Q0VERS10N700000000"), "version": exact("v7"), "fingerprint": exact("f00dcafe"),
			"author_id": exact("author"), "status": exact("ACTIVE"), "revoked": knownvalue.Bool(false), "revoke_at": null,
			"revocation_message": null, "revocation_author": null, "revocation_type": null,
			"build_id": exact("01JNZ3N5Q0AWSBV11D00000000"), "component_type": exact("amazon-ebs.ubuntu"),
			"cloud_provider": exact("aws"), "region": exact("eu-central-1"),
			"labels": knownvalue.MapExact(map[string]knownvalue.Check{"os": exact("ubuntu")}),
		})})),
	}})
	f.requireNoDiagnostics(t)
	if searches := f.fake.Count(hcpfake.SearchExternalArtifact) + f.fake.Count(hcpfake.Token); searches != f.fake.Count("") || f.fake.BilledCount() != 0 {
		t.Errorf("requests besides tokens and searches: %v", f.fake.Requests())
	}
}

// An image that the registry does not know is neither an error nor a warning.
func TestUntrackedImage(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]string{
		"image":          strings.Replace(statusConfig, "ami-frankfurt", "ami-of-others", 1),
		"cloud provider": strings.Replace(statusConfig, `"aws"`, `"azure"`, 1),
		"region":         withStatusArguments(`region = "us-east-1"`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.version(func(v *hcpfake.Version) { v.Status = status("VERSION_REVOKED") })
			f.run(t, resource.TestStep{Config: config, ConfigStateChecks: []statecheck.StateCheck{
				statusOf("tracked", knownvalue.Bool(false)),
				statusOf("revoked", knownvalue.Bool(false)),
				statusOf("revoke_at", knownvalue.Null()),
				statusOf("iterations", knownvalue.ListExact([]knownvalue.Check{})),
			}})
			f.requireNoDiagnostics(t)
		})
	}
}

// An image whose iteration is revoked, or will be, is a warning with all the facts.
func TestRevokedImage(t *testing.T) {
	t.Parallel()
	inherited := models.HashicorpCloudPacker20230101RevocationTypeINHERITED
	const (
		revoked   = "Image Is Revoked: ami-frankfurt"
		scheduled = "Image Will Be Revoked: ami-frankfurt"
	)
	for name, tc := range map[string]struct {
		change    func(f *fixture, v *hcpfake.Version)
		arguments string
		summary   string
		facts     []string
		absent    []string
		revokeAt  knownvalue.Check
	}{
		"revoked": {
			func(f *fixture, v *hcpfake.Version) {
				v.Status, v.RevokeAt = status("VERSION_REVOKED"), strfmt.DateTime(f.now.Add(-48*time.Hour))
				v.RevocationAuthor, v.RevocationMessage = "ops@example.com", "CVE-2026-1234 in openssl"
			}, "", revoked,
			[]string{
				`published image "ami-frankfurt" (aws) in HCP project ` + testProject + " is revoked", "Revocation date:  2026-03-12T12:00:00Z",
				"ops@example.com", "CVE-2026-1234 in openssl", "Replace what runs on this image with an image that is not revoked.",
			},
			[]string{"Inherited", "before that date", "Others"},
			knownvalue.StringExact("2026-03-12T12:00:00Z"),
		},
		"revoked by date, while the status is still active": {
			func(f *fixture, v *hcpfake.Version) { v.RevokeAt = strfmt.DateTime(f.now) }, "", revoked,
			[]string{"2026-03-14T12:00:00Z", "HCP does not say who", "none given"},
			nil,
			knownvalue.StringExact("2026-03-14T12:00:00Z"),
		},
		"revoked in 1970": {
			func(_ *fixture, v *hcpfake.Version) { v.RevokeAt = strfmt.DateTime(time.Unix(0, 0)) }, "", revoked,
			[]string{"Revocation date:  1970-01-01T00:00:00Z"},
			nil,
			knownvalue.StringExact("1970-01-01T00:00:00Z"),
		},
		"revoked by status alone": {
			func(_ *fixture, v *hcpfake.Version) { v.Status = status("VERSION_REVOKED") }, "", revoked,
			[]string{"HCP gives no date"},
			nil, knownvalue.Null(),
		},
		"inherited": {
			func(f *fixture, v *hcpfake.Version) {
				v.RevokeAt, v.RevocationType = strfmt.DateTime(f.now.Add(-time.Hour)), &inherited
			}, "", revoked,
			[]string{"Inherited from:   an ancestor"},
			nil, knownvalue.StringExact("2026-03-14T11:00:00Z"),
		},
		"scheduled": {
			func(f *fixture, v *hcpfake.Version) {
				v.Status, v.RevokeAt = status("VERSION_REVOCATION_SCHEDULED"), strfmt.DateTime(f.now.Add(time.Hour))
				v.RevocationAuthor, v.RevocationMessage = "ops@example.com", "end of life"
			}, "", scheduled,
			[]string{"is scheduled for revocation", "2026-03-14T13:00:00Z", "ops@example.com", "end of life", "before that date"},
			nil,
			knownvalue.StringExact("2026-03-14T13:00:00Z"),
		},
		"scheduled without a date": {
			func(_ *fixture, v *hcpfake.Version) { v.Status = status("VERSION_REVOCATION_SCHEDULED") }, "", scheduled,
			[]string{"HCP gives no date"},
			nil, knownvalue.Null(),
		},
		"in one region": {
			func(_ *fixture, v *hcpfake.Version) { v.Status = status("VERSION_REVOKED") }, `region = "eu-central-1"`, revoked,
			[]string{`image "ami-frankfurt" (aws, eu-central-1) in HCP project`},
			nil, knownvalue.Null(),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.version(func(v *hcpfake.Version) { tc.change(f, v) })
			f.run(t, resource.TestStep{Config: withStatusArguments(tc.arguments), ConfigStateChecks: []statecheck.StateCheck{
				statusOf("tracked", knownvalue.Bool(true)),
				statusOf("revoked", knownvalue.Bool(tc.summary == revoked)),
				statusOf("revoke_at", tc.revokeAt),
				statusOf("iterations", knownvalue.ListExact([]knownvalue.Check{knownvalue.ObjectPartial(map[string]knownvalue.Check{
					"version": knownvalue.StringExact("v7"), "revoked": knownvalue.Bool(tc.summary == revoked), "revoke_at": tc.revokeAt,
				})})),
			}})
			f.requireWarning(t, diagnostic{
				summary: tc.summary, attribute: "image_id", absent: tc.absent,
				facts: append(tc.facts, "Bucket:           hardened-ubuntu\n", "Iteration:        v7 (01JNZ3N5Q0VERS10N700000000)"),
			})
		})
	}
}

// One warning covers all iterations that published the image, on all pages.
func TestImageOfManyIterations(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.bucket(func(b *hcpfake.Bucket) {
		for i := range 59 { // more than a page with the one that is there
			v := testVersion()
			v.ID, v.Name, v.Fingerprint = fmt.Sprintf("01-%02d", i), fmt.Sprintf("v%d", 100+i), fmt.Sprintf("f%d", i)
			switch {
			case i >= 30:
				v.RevokeAt = strfmt.DateTime(f.now.Add(-time.Duration(i) * time.Hour))
			case i == 17:
				v.RevokeAt = strfmt.DateTime(f.now.Add(time.Hour))
			}
			b.Versions = append(b.Versions, v)
		}
	})
	f.run(t, resource.TestStep{Config: statusConfig, ConfigStateChecks: []statecheck.StateCheck{
		statusOf("revoked", knownvalue.Bool(true)),
		statusOf("revoke_at", knownvalue.StringExact("2026-03-12T02:00:00Z")),
		statusOf("iterations", knownvalue.ListSizeExact(60)),
	}})
	f.requireWarning(t, diagnostic{
		summary: "Image Is Revoked: ami-frankfurt", attribute: "image_id",
		facts: []string{
			"Of the 60 iterations that published", "29 are revoked and 1 is scheduled for revocation. The first:",
			"v158 (01-58)", "2026-03-12T02:00:00Z",
			"  hardened-ubuntu  v157 (01-57)  2026-03-12T03:00:00Z\n", "  hardened-ubuntu  v154 (01-54)  2026-03-12T06:00:00Z\n  … and 25 more\n",
		},
	})
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, call := range f.calls {
		for _, d := range call.diagnostics {
			if lines := strings.Count(d.Detail, "\n") + 1; lines > 20 {
				t.Errorf("the detail has %d lines", lines)
			}
		}
	}
	if n := f.fake.Count(hcpfake.SearchExternalArtifact); n%2 != 0 {
		t.Errorf("%d searches, want two for each read", n)
	}
}

// Transient failures are retried, and the search survives a second sign-in.
func TestTransientFailuresOfImageStatus(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, fault := range []hcpfake.Fault{{Status: 429}, {Status: 401}, {Truncate: 20}} {
		fault.Operation, fault.Times = hcpfake.SearchExternalArtifact, 1
		f.fake.Inject(fault)
	}
	f.run(t, resource.TestStep{Config: statusConfig, ConfigStateChecks: []statecheck.StateCheck{statusOf("tracked", knownvalue.Bool(true))}})
	f.requireNoDiagnostics(t)
}

// Every failure says what was asked, what HCP says, and what to do.
func TestImageStatusFailures(t *testing.T) {
	t.Parallel()
	search := func(status int, code int, message string) func(*fixture) {
		return func(f *fixture) {
			f.fake.Inject(hcpfake.Fault{
				Operation: hcpfake.SearchExternalArtifact, Status: status,
				Body: fmt.Sprintf(`{"code": %d, "message": %q}`, code, message),
			})
		}
	}
	registryOf := func(r *hcpfake.Registry) func(*fixture) {
		return func(f *fixture) { f.fake.Update(func(s *hcpfake.Seed) { s.Project(testProject).Registry = r }) }
	}
	for name, tc := range map[string]struct {
		change func(*fixture)
		want   diagnostic
	}{
		"forbidden": {search(403, 7, "not part of the tier Essentials"), diagnostic{
			summary: "No Permission To Read HCP Packer",
			facts:   []string{"HTTP status:  403", "Message:      not part of the tier Essentials", "Viewer", "tier"},
		}},
		"not found": {search(404, 5, "Not Found, sorry"), diagnostic{
			summary: "Image Search Not Found",
			facts:   []string{"HTTP status:  404", "Message:      Not Found, sorry", "tier", "packer_image_iteration"},
		}},
		"refused": {search(400, 3, "region is required"), diagnostic{
			summary: "HCP Refused The Request", facts: []string{"Message:      region is required", "image_id, cloud_provider, region and project"}, absent: []string{"channel"},
		}},
		"rate limited": {
			func(f *fixture) {
				f.fake.Inject(hcpfake.Fault{Operation: hcpfake.SearchExternalArtifact, Status: 429, Header: http.Header{"Retry-After": {"3600"}}})
			},
			diagnostic{summary: "HCP Rate Limit Reached", facts: []string{"HCP asks to wait:  1h0m0s"}},
		},
		"registry missing": {registryOf(nil), diagnostic{
			summary: "HCP Packer Registry Not Found", facts: []string{testOrganization, "HCP_PROJECT_ID"},
		}},
		"registry inactive": {registryOf(&hcpfake.Registry{Config: &hcpfake.RegistryConfig{}}), diagnostic{
			summary: "HCP Packer Registry Is Not Active", facts: []string{"HCP gives no reason"},
		}},
		"another image": {
			func(f *fixture) {
				f.fake.Inject(hcpfake.Fault{Operation: hcpfake.SearchExternalArtifact, Body: `{"artifacts": [{"version": {"id": "01"}, "build": {"artifacts": [{"external_identifier": "ami-2"}]}}]}`})
			},
			diagnostic{summary: "HCP's Response Cannot Be Read", facts: []string{"the response is about another image"}},
		},
		"no credentials": {
			func(f *fixture) { f.env["HCP_CLIENT_ID"], f.env["HCP_CLIENT_SECRET"] = "", "" },
			diagnostic{summary: "No HCP Credentials", facts: []string{"HCP_CLIENT_ID"}},
		},
		"too large": {
			func(f *fixture) {
				f.version(func(v *hcpfake.Version) {
					v.Builds[0].Labels = map[string]string{"sbom": strings.Repeat("x", 100_000)}
					for i := range 3000 {
						v.Builds[0].Artifacts = append(v.Builds[0].Artifacts, &hcpfake.Artifact{ExternalIdentifier: "ami-frankfurt", Region: fmt.Sprintf("region-%d", i)})
					}
				})
			},
			diagnostic{summary: "Image Status Too Large", attribute: "image_id", facts: []string{"Entries:  3001\n", "Size:     28", "Maximum:  255 MiB\n", "Set region"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			tc.change(f)
			tc.want.facts = append(tc.want.facts, `status of image "ami-frankfurt" (aws)`, testProject)
			f.requireError(t, statusConfig, tc.want)
		})
	}
	t.Run("hanging", func(t *testing.T) {
		t.Parallel()
		f := newFixture(t)
		f.fake.Inject(hcpfake.Fault{Operation: hcpfake.SearchExternalArtifact, Hang: true})
		f.requireError(t, withStatusArguments(`timeouts = { read = "3s" }`), diagnostic{
			summary: "HCP Did Not Respond In Time", facts: []string{`status of image "ami-frankfurt" (aws)`, testProject, "Time allowed:  3s"},
		})
	})
}

// The location is that of the data source, or else the provider's, or else looked up.
func TestLocationOfImageStatusDataSource(t *testing.T) {
	t.Parallel()
	t.Run("looked up", func(t *testing.T) {
		t.Parallel()
		f := newFixture(t)
		f.addProject()
		f.env["HCP_PROJECT_ID"], f.env["HCP_ORGANIZATION_ID"] = "", ""
		f.run(t, resource.TestStep{Config: statusConfig, ConfigStateChecks: []statecheck.StateCheck{
			statusOf("organization_id", knownvalue.StringExact(testOrganization)),
			statusOf("project_id", knownvalue.StringExact(testProject)),
			statusOf("tracked", knownvalue.Bool(true)),
		}})
		f.requireWarning(t, diagnostic{
			summary: "HCP Project Chosen", facts: []string{`for image "ami-frankfurt" (aws)`, "2 projects", testProject + ":  images"},
		})
	})
	t.Run("two projects", func(t *testing.T) {
		t.Parallel()
		f := newFixture(t)
		f.addProject()
		f.version(func(v *hcpfake.Version) { v.Status = status("VERSION_REVOKED") })
		other := strings.Replace(withStatusArguments(fmt.Sprintf("project_id = %q", youngProject)), `"test"`, `"other"`, 1)
		f.run(t, resource.TestStep{Config: statusConfig + other, ConfigStateChecks: []statecheck.StateCheck{
			statusOf("tracked", knownvalue.Bool(true)),
			statecheck.ExpectKnownValue("data.packer_image_status.other", tfjsonpath.New("tracked"), knownvalue.Bool(false)),
			statecheck.ExpectKnownValue("data.packer_image_status.other", tfjsonpath.New("project_id"), knownvalue.StringExact(youngProject)),
		}})
		var paths []string
		for _, request := range f.fake.Requests() {
			if request.Operation == hcpfake.SearchExternalArtifact {
				paths = append(paths, request.Path)
			}
		}
		slices.Sort(paths)
		if paths = slices.Compact(paths); len(paths) != 2 {
			t.Errorf("searches in %q", paths)
		}
	})
}

// Invalid arguments are rejected at their attribute, before any request.
func TestInvalidImageStatusArguments(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		old, replacement string
		want             diagnostic
	}{
		"empty image":              {`"ami-frankfurt"`, `""`, diagnostic{summary: "Invalid Text", attribute: "image_id", facts: []string{"image_id must not be empty"}}},
		"line break in image":      {`"ami-frankfurt"`, `"ami\n1"`, diagnostic{summary: "Invalid Text", attribute: "image_id", facts: []string{`"ami\n1"`, "cannot be printed"}}},
		"invisible character":      {`"ami-frankfurt"`, `"ami-1\u200b"`, diagnostic{summary: "Invalid Text", attribute: "image_id", facts: []string{`"ami-1\u200b"`}}},
		"space after image":        {`"ami-frankfurt"`, `"ami-1 "`, diagnostic{summary: "Invalid Text", attribute: "image_id", facts: []string{"spaces around"}}},
		"empty cloud provider":     {`"aws"`, `""`, diagnostic{summary: "Invalid Text", attribute: "cloud_provider"}},
		"escape in cloud provider": {`"aws"`, `"aws\u001b[31m"`, diagnostic{summary: "Invalid Text", attribute: "cloud_provider", absent: []string{"\x1b"}}},
		"empty region":             {`"aws"`, "\"aws\"\n  region = \"\"", diagnostic{summary: "Invalid Text", attribute: "region"}},
		"C1 control in region":     {`"aws"`, "\"aws\"\n  region = \"eu\\u0085\"", diagnostic{summary: "Invalid Text", attribute: "region"}},
		"odd project":              {`"aws"`, "\"aws\"\n  project_id = \"../x\"", diagnostic{summary: "Invalid ID", attribute: "project_id"}},
		"odd organization":         {`"aws"`, "\"aws\"\n  organization_id = \"../x\"", diagnostic{summary: "Invalid ID", attribute: "organization_id"}},
		"no time":                  {`"aws"`, "\"aws\"\n  timeouts = { read = \"0s\" }", diagnostic{summary: "Invalid Timeout", attribute: "timeouts.read"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.requireError(t, strings.Replace(statusConfig, tc.old, tc.replacement, 1), tc.want)
			if n := f.fake.Count(""); n != 0 {
				t.Errorf("%d requests: %v", n, f.fake.Requests())
			}
		})
	}
}

// An image that is known only after apply is looked for then.
func TestImageKnownOnlyAfterApply(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.oldest = tfversion.Version1_4_0 // for terraform_data
	f.run(t, resource.TestStep{
		Config: `
resource "terraform_data" "server" {
  input = "ami-frankfurt"
}
` + strings.Replace(statusConfig, `"ami-frankfurt"`, "terraform_data.server.output", 1),
		ConfigStateChecks: []statecheck.StateCheck{statusOf("tracked", knownvalue.Bool(true))},
	})
}

// A postcondition makes a plan fail that the data source alone lets pass.
func TestImageStatusPostcondition(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.oldest = tfversion.Version1_2_0
	f.version(func(v *hcpfake.Version) { v.Status = status("VERSION_REVOKED") })
	f.run(t, resource.TestStep{
		Config: withStatusArguments(`
  lifecycle {
    postcondition {
      condition     = !self.revoked
      error_message = "${self.image_id} is revoked."
    }
  }`),
		ExpectError: regexp.MustCompile(`Resource postcondition failed(?s:.*)ami-frankfurt is revoked\.`),
	})
	f.requireWarning(t, diagnostic{summary: "Image Is Revoked: ami-frankfurt", attribute: "image_id"})
}
