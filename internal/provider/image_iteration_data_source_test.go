package provider

import (
	"fmt"
	"maps"
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

const (
	dataSource = "data.packer_image_iteration.test"
	readConfig = `
data "packer_image_iteration" "test" {
  bucket  = "hardened-ubuntu"
  channel = "production"
}`
)

func attribute(name string, want knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(dataSource, tfjsonpath.New(name), want)
}

func TestImageIteration(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	const created = "2026-03-01T08:00:00Z"
	exact := knownvalue.StringExact
	image := func(id, image, region string) map[string]knownvalue.Check {
		return map[string]knownvalue.Check{
			"id": exact(id), "image_id": exact(image), "region": exact(region), "created_at": exact(created),
		}
	}
	frankfurt := image("01JNZ3N5Q01MAGE00000000001", "ami-frankfurt", "eu-central-1")
	virginia := image("01JNZ3N5Q01MAGE00000000002", "ami-virginia", "us-east-1")
	netherlands := image("01JNZ3N5Q01MAGE00000000003", "/subscriptions/s/images/ubuntu", "westeurope")
	of := func(image map[string]knownvalue.Check, build, component, cloud string, labels map[string]knownvalue.Check) knownvalue.Check {
		flat := maps.Clone(image)
		flat["build_id"], flat["component_type"], flat["cloud_provider"] = exact(build), exact(component), exact(cloud)
		flat["labels"] = knownvalue.MapExact(labels)
		return knownvalue.ObjectExact(flat)
	}
	ubuntu, none := map[string]knownvalue.Check{"os": exact("ubuntu")}, map[string]knownvalue.Check{}

	f.run(t, resource.TestStep{Config: readConfig, ConfigStateChecks: []statecheck.StateCheck{
		attribute("id", exact("01JNZ3N5Q0VERS10N700000000")),
		attribute("version", exact("v7")),
		attribute("incremental_version", knownvalue.Int64Exact(7)),
		attribute("fingerprint", exact("f00dcafe")),
		attribute("author_id", exact("author")),
		attribute("template_type", knownvalue.Null()),
		attribute("status", exact("ACTIVE")),
		attribute("created_at", exact(created)),
		attribute("revoke_at", knownvalue.Null()),
		attribute("revocation_message", knownvalue.Null()),
		attribute("revocation_author", knownvalue.Null()),
		attribute("revocation_type", knownvalue.Null()),
		attribute("revocation_inherited_from", knownvalue.Null()),
		attribute("parents_status", knownvalue.Null()),
		attribute("has_descendants", knownvalue.Bool(false)),
		attribute("channel_id", knownvalue.NotNull()),
		attribute("organization_id", exact(testOrganization)),
		attribute("project_id", exact(testProject)),
		attribute("builds", knownvalue.ListExact([]knownvalue.Check{
			knownvalue.ObjectExact(map[string]knownvalue.Check{
				"id": exact("01JNZ3N5Q0AWSBV11D00000000"), "iteration_id": exact("01JNZ3N5Q0VERS10N700000000"),
				"component_type": exact("amazon-ebs.ubuntu"), "cloud_provider": exact("aws"), "status": exact("DONE"),
				"labels": knownvalue.MapExact(ubuntu), "packer_run_uuid": exact("run-1"), "source_image_id": exact("ami-base"),
				"created_at": exact(created), "updated_at": knownvalue.NotNull(),
				"images": knownvalue.ListExact([]knownvalue.Check{knownvalue.ObjectExact(frankfurt), knownvalue.ObjectExact(virginia)}),
			}),
			knownvalue.ObjectPartial(map[string]knownvalue.Check{
				"id": exact("01JNZ3N5Q0AZVREBV11D000000"), "labels": knownvalue.MapExact(none), "source_image_id": knownvalue.Null(),
				"images": knownvalue.ListExact([]knownvalue.Check{knownvalue.ObjectExact(netherlands)}),
			}),
		})),
		attribute("images", knownvalue.ListExact([]knownvalue.Check{
			of(frankfurt, "01JNZ3N5Q0AWSBV11D00000000", "amazon-ebs.ubuntu", "aws", ubuntu),
			of(virginia, "01JNZ3N5Q0AWSBV11D00000000", "amazon-ebs.ubuntu", "aws", ubuntu),
			of(netherlands, "01JNZ3N5Q0AZVREBV11D000000", "azure-arm.ubuntu", "azure", none),
		})),
	}})
	if reads := f.fake.Count(hcpfake.GetChannel) + f.fake.Count(hcpfake.Token); reads != f.fake.Count("") {
		t.Errorf("requests besides tokens and channel reads: %v", f.fake.Requests())
	}
}

// The attributes that an iteration need not have are what HCP says.
func TestImageIterationWithEverything(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.bucket(func(b *hcpfake.Bucket) {
		version, channel := b.Version("v7"), b.Channel(testChannel)
		version.UpdatedAt = strfmt.DateTime(f.now.Add(-48 * time.Hour))
		version.TemplateType = models.HashicorpCloudPacker20230101TemplateTypeHCL2.Pointer()
		version.Parents = &models.HashicorpCloudPacker20230101VersionParents{Status: models.HashicorpCloudPacker20230101AncestryStatusOUTOFDATE.Pointer()}
		version.HasDescendants = true
		version.Status, version.RevokeAt = status("VERSION_REVOKED"), strfmt.DateTime(f.now.Add(-time.Hour))
		version.RevocationAuthor, version.RevocationMessage = "ops@example.com", "CVE-2026-1234"
		version.RevocationType = models.HashicorpCloudPacker20230101RevocationTypeINHERITED.Pointer()
		version.RevocationInheritedFrom = &hcpfake.RevokedAncestor{
			BucketName: "base-image", VersionName: "v3", VersionID: "01JNZ3N5Q0ANCEST0R00000000", VersionFingerprint: "base-fingerprint",
		}
		channel.ID, channel.AuthorID, channel.UpdatedAt = "01JNZ3N5Q0CHANNE1000000000", "promoter", f.now.Add(-24*time.Hour)
	})
	exact := knownvalue.StringExact
	f.run(t, resource.TestStep{Config: withFilters("allow_revoked = true"), ConfigStateChecks: []statecheck.StateCheck{
		attribute("bucket", exact(testBucket)),
		attribute("channel", exact(testChannel)),
		attribute("channel_id", exact("01JNZ3N5Q0CHANNE1000000000")),
		attribute("channel_author_id", exact("promoter")),
		attribute("channel_updated_at", exact("2026-03-13T12:00:00Z")),
		attribute("updated_at", exact("2026-03-12T12:00:00Z")),
		attribute("template_type", exact("HCL2")),
		attribute("parents_status", exact("OUT_OF_DATE")),
		attribute("has_descendants", knownvalue.Bool(true)),
		attribute("status", exact("REVOKED")),
		attribute("revoke_at", exact("2026-03-14T11:00:00Z")),
		attribute("revocation_author", exact("ops@example.com")),
		attribute("revocation_message", exact("CVE-2026-1234")),
		attribute("revocation_type", exact("INHERITED")),
		attribute("revocation_inherited_from", knownvalue.ObjectExact(map[string]knownvalue.Check{
			"bucket": exact("base-image"), "version": exact("v3"), "iteration_id": exact("01JNZ3N5Q0ANCEST0R00000000"), "fingerprint": exact("base-fingerprint"),
		})),
	}})
}

// A read that fails makes further requests only to find out why.
func TestRequestsOfARead(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*fixture)
		want   []string
	}{
		"revoked": {
			func(f *fixture) { f.version(func(v *hcpfake.Version) { v.Status = status("VERSION_REVOKED") }) },
			[]string{hcpfake.Token, hcpfake.GetChannel},
		},
		"unassigned": {
			func(f *fixture) { f.bucket(func(b *hcpfake.Bucket) { b.Channel(testChannel).Version = "" }) },
			[]string{hcpfake.Token, hcpfake.GetChannel},
		},
		"channel missing": {
			func(f *fixture) { f.bucket(func(b *hcpfake.Bucket) { b.Channel(testChannel).Name = "other" }) },
			[]string{hcpfake.Token, hcpfake.GetChannel, hcpfake.GetRegistry, hcpfake.ListChannels},
		},
		"bucket missing": {
			func(f *fixture) { f.bucket(func(b *hcpfake.Bucket) { b.Name = "other" }) },
			[]string{hcpfake.Token, hcpfake.GetChannel, hcpfake.GetRegistry, hcpfake.ListChannels, hcpfake.ListBuckets},
		},
		"registry missing": {
			func(f *fixture) { f.fake.Update(func(s *hcpfake.Seed) { s.Project(testProject).Registry = nil }) },
			[]string{hcpfake.Token, hcpfake.GetChannel, hcpfake.GetRegistry},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			tc.change(f)
			f.run(t, resource.TestStep{Config: readConfig, ExpectError: anyError})
			var got []string
			for _, request := range f.fake.Requests() {
				got = append(got, request.Operation)
				if request.Operation != hcpfake.Token && !strings.HasPrefix(request.Header.Get("X-HCP-Source-Channel"), "terraform-provider-packer/1.2.3 ") {
					t.Errorf("source channel %q", request.Header.Get("X-HCP-Source-Channel"))
				}
				if agent := request.Header.Get("User-Agent"); !strings.HasPrefix(agent, "terraform-provider-packer/1.2.3 Terraform/") {
					t.Errorf("user agent %q", agent)
				}
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("requests %v, want %v", got, tc.want)
			}
		})
	}
}

// anyError matches any error.
var anyError = regexp.MustCompile("Error: ")

func status(s models.HashicorpCloudPacker20230101VersionStatus) *models.HashicorpCloudPacker20230101VersionStatus {
	return &s
}

func TestRevoked(t *testing.T) {
	t.Parallel()
	manual := models.HashicorpCloudPacker20230101RevocationTypeMANUAL
	inherited := models.HashicorpCloudPacker20230101RevocationTypeINHERITED
	base := &hcpfake.RevokedAncestor{BucketName: "base-image", VersionName: "v3", VersionID: "01JNZ3N5Q0ANCEST0R00000000"}
	always := []string{
		`Channel "production" of bucket "hardened-ubuntu"`, testProject, "v7 (01JNZ3N5Q0VERS10N700000000)",
		"Assign an iteration that is not revoked", "-refresh=false",
	}
	for name, tc := range map[string]struct {
		change func(f *fixture, v *hcpfake.Version)
		facts  []string
	}{
		"by status": {
			func(f *fixture, v *hcpfake.Version) {
				v.Status = status("VERSION_REVOKED")
				v.RevokeAt = strfmt.DateTime(f.now.Add(-48 * time.Hour))
				v.RevocationAuthor, v.RevocationMessage, v.RevocationType = "ops@example.com", "CVE-2026-1234 in openssl", &manual
			},
			[]string{"Revocation date:  2026-03-12T12:00:00Z", "ops@example.com", "CVE-2026-1234 in openssl"},
		},
		"by status, before its date": {
			func(f *fixture, v *hcpfake.Version) {
				v.Status = status("VERSION_REVOKED")
				v.RevokeAt = strfmt.DateTime(f.now.Add(24 * time.Hour))
			},
			[]string{"Revocation date:  2026-03-15T12:00:00Z"},
		},
		"by status alone": {
			func(_ *fixture, v *hcpfake.Version) { v.Status = status("VERSION_REVOKED") },
			[]string{"HCP gives no date", "HCP does not say who", "none given"},
		},
		"by date, while the status is still active": {
			func(f *fixture, v *hcpfake.Version) {
				v.Status = status("VERSION_ACTIVE")
				v.RevokeAt = strfmt.DateTime(f.now)
			},
			[]string{"2026-03-14T12:00:00Z"},
		},
		"by date, while the status is still scheduled": {
			func(f *fixture, v *hcpfake.Version) {
				v.Status = status("VERSION_REVOCATION_SCHEDULED")
				v.RevokeAt = strfmt.DateTime(f.now.Add(-time.Second))
			},
			[]string{"2026-03-14T11:59:59Z"},
		},
		"by date, at the epoch": {
			func(_ *fixture, v *hcpfake.Version) {
				v.Status, v.RevokeAt = status("VERSION_ACTIVE"), strfmt.DateTime(time.Unix(0, 0).UTC())
			},
			[]string{"1970-01-01T00:00:00Z"},
		},
		"by inheritance": {
			func(f *fixture, v *hcpfake.Version) {
				v.Status = status("VERSION_REVOKED")
				v.RevokeAt = strfmt.DateTime(f.now.Add(-time.Hour))
				v.RevocationType, v.RevocationInheritedFrom = &inherited, base
			},
			[]string{"2026-03-14T11:00:00Z", `bucket "base-image", iteration v3 (01JNZ3N5Q0ANCEST0R00000000)`},
		},
		"by inheritance, without the ancestor": {
			func(_ *fixture, v *hcpfake.Version) {
				v.Status, v.RevocationType = status("VERSION_ACTIVE"), &inherited
			},
			[]string{"an ancestor that HCP does not name", "HCP gives no date"},
		},
		"by inheritance, with only the ancestor given": {
			func(_ *fixture, v *hcpfake.Version) {
				v.Status, v.RevocationInheritedFrom = status("VERSION_ACTIVE"), base
			},
			[]string{`bucket "base-image", iteration v3 (01JNZ3N5Q0ANCEST0R00000000)`, "HCP gives no date"},
		},
		"with control characters in the message": {
			func(_ *fixture, v *hcpfake.Version) {
				v.Status = status("VERSION_REVOKED")
				v.RevocationMessage = "line one\nline two\x1b[31m red"
			},
			[]string{"line one line two [31m red"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.version(func(v *hcpfake.Version) { tc.change(f, v) })
			f.requireError(t, readConfig, diagnostic{
				summary: "Image Iteration Is Revoked", attribute: "channel", facts: append(tc.facts, always...),
			})
		})
	}
}

func TestRevocationScheduled(t *testing.T) {
	t.Parallel()
	manual := models.HashicorpCloudPacker20230101RevocationTypeMANUAL
	for name, tc := range map[string]struct {
		change func(f *fixture, v *hcpfake.Version)
		facts  []string
		checks []statecheck.StateCheck
	}{
		"with all its facts": {
			func(f *fixture, v *hcpfake.Version) {
				v.Status = status("VERSION_REVOCATION_SCHEDULED")
				v.RevokeAt = strfmt.DateTime(f.now.Add(time.Hour))
				v.RevocationAuthor, v.RevocationMessage, v.RevocationType = "ops@example.com", "end of life", &manual
			},
			[]string{"2026-03-14T13:00:00Z", "ops@example.com", "end of life", "v7"},
			[]statecheck.StateCheck{
				attribute("status", knownvalue.StringExact("REVOCATION_SCHEDULED")),
				attribute("revoke_at", knownvalue.StringExact("2026-03-14T13:00:00Z")),
				attribute("revocation_author", knownvalue.StringExact("ops@example.com")),
				attribute("revocation_message", knownvalue.StringExact("end of life")),
				attribute("revocation_type", knownvalue.StringExact("MANUAL")),
				attribute("images", knownvalue.ListSizeExact(3)),
			},
		},
		"while the status is still active": {
			func(f *fixture, v *hcpfake.Version) { v.RevokeAt = strfmt.DateTime(f.now.Add(time.Second)) },
			[]string{"2026-03-14T12:00:01Z", "HCP does not say who", "none given"},
			[]statecheck.StateCheck{attribute("status", knownvalue.StringExact("ACTIVE"))},
		},
		"without a date": {
			func(_ *fixture, v *hcpfake.Version) { v.Status = status("VERSION_REVOCATION_SCHEDULED") },
			[]string{"HCP gives no date"},
			[]statecheck.StateCheck{attribute("revoke_at", knownvalue.Null())},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.version(func(v *hcpfake.Version) { tc.change(f, v) })
			f.run(t, resource.TestStep{Config: readConfig, ConfigStateChecks: tc.checks})
			f.requireWarning(t, diagnostic{
				summary: "Image Iteration Will Be Revoked: hardened-ubuntu v7 (01JNZ3N5Q0VERS10N700000000)", attribute: "channel",
				facts: append(tc.facts, `Channel "production" of bucket "hardened-ubuntu"`, testProject),
			})
		})
	}
}

func TestNotFound(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*fixture)
		want   diagnostic
	}{
		"channel without iteration": {
			func(f *fixture) { f.bucket(func(b *hcpfake.Bucket) { b.Channel(testChannel).Version = "" }) },
			diagnostic{
				summary: "Channel Without Iteration", attribute: "channel",
				facts: []string{`"production"`, `"hardened-ubuntu"`, testProject, "revoked", "Assign an iteration"},
			},
		},
		"channel missing": {
			func(f *fixture) {
				f.bucket(func(b *hcpfake.Bucket) {
					b.Channels = []*hcpfake.Channel{{Name: "latest"}, {Name: "development"}, {Name: "produktion"}}
				})
			},
			diagnostic{
				summary: "Channel Not Found", attribute: "channel",
				facts: []string{
					`Bucket "hardened-ubuntu"`, testProject, `no channel "production"`, `Did you mean "produktion"?`,
					"\n\n  produktion\n  development\n  latest\n",
				},
			},
		},
		"channel missing, without a similar one": {
			func(f *fixture) {
				f.bucket(func(b *hcpfake.Bucket) { b.Channels = []*hcpfake.Channel{{Name: "latest"}} })
			},
			diagnostic{
				summary: "Channel Not Found", attribute: "channel",
				facts: []string{`no channel "production"`, "\n\n  latest\n"}, absent: []string{"Did you mean"},
			},
		},
		"channel that is listed but not found": {
			func(f *fixture) {
				f.fake.Inject(hcpfake.Fault{Operation: hcpfake.GetChannel, Status: http.StatusNotFound})
			},
			diagnostic{
				summary: "Channel Cannot Be Read", attribute: "channel",
				facts: []string{`"production"`, `"hardened-ubuntu"`, testProject, "restricted", "Run Terraform again"},
			},
		},
		"channel missing, channels not listable": {
			func(f *fixture) {
				f.bucket(func(b *hcpfake.Bucket) { b.Channels = nil })
				f.fake.Inject(hcpfake.Fault{Operation: hcpfake.ListChannels, Status: http.StatusForbidden})
			},
			diagnostic{
				summary: "Channel Not Found", attribute: "channel",
				facts: []string{`no channel "production"`, "could not be listed"}, absent: []string{"has no channels"},
			},
		},
		"bucket or channel missing, nothing listable": {
			func(f *fixture) {
				f.bucket(func(b *hcpfake.Bucket) { b.Channels = nil })
				f.fake.Inject(hcpfake.Fault{Operation: hcpfake.ListChannels, Status: http.StatusForbidden})
				f.fake.Inject(hcpfake.Fault{Operation: hcpfake.ListBuckets, Status: http.StatusForbidden})
			},
			diagnostic{
				summary: "Bucket Or Channel Not Found",
				facts:   []string{`"production"`, `"hardened-ubuntu"`, testProject, "HTTP status:  404", "may list"},
			},
		},
		"bucket without channels": {
			func(f *fixture) { f.bucket(func(b *hcpfake.Bucket) { b.Channels = nil }) },
			diagnostic{
				summary: "Channel Not Found", attribute: "channel",
				facts: []string{`no channel "production"`, "The bucket has no channels."},
			},
		},
		"bucket missing": {
			func(f *fixture) {
				f.fake.Update(func(s *hcpfake.Seed) {
					project := s.Project(testProject)
					project.Buckets = []*hcpfake.Bucket{{Name: "hardened-ubuntu-22"}}
					for i := range 60 { // more than a page
						project.Buckets = append(project.Buckets, &hcpfake.Bucket{Name: fmt.Sprintf("application-server-%d", i)})
					}
				})
			},
			diagnostic{
				summary: "Bucket Not Found", attribute: "bucket",
				facts: []string{
					testProject, `no bucket "hardened-ubuntu"`, `channel "production"`, `Did you mean "hardened-ubuntu-22"?`,
					"\n\n  hardened-ubuntu-22\n  application-server-", "… and 51 more",
				},
			},
		},
		"registry without buckets": {
			func(f *fixture) { f.fake.Update(func(s *hcpfake.Seed) { s.Project(testProject).Buckets = nil }) },
			diagnostic{
				summary: "Bucket Not Found", attribute: "bucket",
				facts: []string{`no bucket "hardened-ubuntu"`, "The registry has no buckets."}, absent: []string{"Did you mean"},
			},
		},
		"registry inactive": {
			func(f *fixture) {
				f.fake.Update(func(s *hcpfake.Seed) {
					reason := models.HashicorpCloudPacker20230101RegistryBillingDeprovisionReasonDELINQUENTBILLINGACCOUNT
					s.Project(testProject).Registry = &hcpfake.Registry{Config: &hcpfake.RegistryConfig{
						BillingDeprovision: &models.HashicorpCloudPacker20230101RegistryBillingDeprovision{
							At: strfmt.DateTime(f.now.Add(-time.Hour)), Message: "The card has expired.", Reason: &reason,
						},
					}}
				})
			},
			diagnostic{
				summary: "HCP Packer Registry Is Not Active",
				facts: []string{
					testProject, `"hardened-ubuntu"`, `"production"`, "The card has expired.", "DELINQUENT_BILLING_ACCOUNT",
					"2026-03-14T11:00:00Z", "Resolve the cause, reactivate the registry",
				},
			},
		},
		"registry inactive, without a reason": {
			func(f *fixture) {
				f.fake.Update(func(s *hcpfake.Seed) {
					s.Project(testProject).Registry = &hcpfake.Registry{Config: &hcpfake.RegistryConfig{}}
				})
			},
			diagnostic{summary: "HCP Packer Registry Is Not Active", facts: []string{testProject, "HCP gives no reason.", "Reactivate the registry"}, absent: []string{"Resolve the cause"}},
		},
		"registry missing": {
			func(f *fixture) { f.fake.Update(func(s *hcpfake.Seed) { s.Project(testProject).Registry = nil }) },
			diagnostic{
				summary: "HCP Packer Registry Not Found",
				facts:   []string{testProject, testOrganization, `"hardened-ubuntu"`, `"production"`, "HCP_PROJECT_ID"},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			tc.change(f)
			f.requireError(t, readConfig, tc.want)
		})
	}
}

// Names that could change the path of a URL are rejected at their attribute, before
// any request.
func TestInvalidNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"", ".", "..", "a/b", "../../secrets", `a\b`, "a%2Fb", "a?b=c", "a#b", "a b", " a", "a\tb", "a\nb", "a\u0000b", "bücket", "ａ",
	} {
		t.Run(fmt.Sprintf("%q", name), func(t *testing.T) {
			t.Parallel()
			for _, attribute := range []string{"bucket", "channel"} {
				f := newFixture(t)
				names := map[string]string{"bucket": testBucket, "channel": testChannel}
				names[attribute] = name
				f.requireError(t, configOf(names), diagnostic{summary: "Invalid Name", attribute: attribute, facts: []string{attribute + " name"}})
				if n := f.fake.Count(""); n != 0 {
					t.Errorf("%d requests: %v", n, f.fake.Requests())
				}
			}
		})
	}
}

// A name that is known only after apply is checked then.
func TestInvalidNameKnownOnlyAfterApply(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.oldest = tfversion.Version1_4_0 // for terraform_data
	f.requireError(t, `
resource "terraform_data" "name" {
  input = "../../secrets"
}

data "packer_image_iteration" "test" {
  bucket  = terraform_data.name.output
  channel = "production"
}`, diagnostic{summary: "Invalid Name", attribute: "bucket"})
	if n := f.fake.Count(""); n != 0 {
		t.Errorf("%d requests: %v", n, f.fake.Requests())
	}
}

func TestUnusualNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a", "a-b_c.d", "...", "v1..v2", "0", "UPPER"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.bucket(func(b *hcpfake.Bucket) {
				b.Channel(testChannel).Name = name
				b.Name = name
			})
			f.run(t, resource.TestStep{
				Config:            configOf(map[string]string{"bucket": name, "channel": name}),
				ConfigStateChecks: []statecheck.StateCheck{attribute("version", knownvalue.StringExact("v7"))},
			})
		})
	}
}

// configOf returns the configuration of a data source with these attributes.
func configOf(attributes map[string]string) string {
	var config strings.Builder
	config.WriteString("data \"packer_image_iteration\" \"test\" {\n")
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		value := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`, "\x00", `\u0000`).Replace(attributes[name])
		fmt.Fprintf(&config, "  %s = \"%s\"\n", name, value)
	}
	config.WriteString("}\n")
	return config.String()
}

// Responses with missing or unexpected parts do not crash the provider.
func TestIncompleteResponses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		body   string
		checks []statecheck.StateCheck // nil if the response is an error
	}{
		"empty":              {body: `{}`},
		"null":               {body: `null`},
		"null channel":       {body: `{"channel": null}`},
		"empty channel":      {body: `{"channel": {}}`},
		"version without ID": {body: `{"channel": {"name": "production", "version": {"name": "v7"}}}`},
		"another channel":    {body: `{"channel": {"name": "staging", "version": {"id": "01"}}}`},
		"wrong type":         {body: `{"channel": {"name": "production", "version": {"id": 7}}}`},
		"bad date":           {body: `{"channel": {"name": "production", "version": {"id": "01", "revoke_at": "tomorrow"}}}`},
		"a list":             {body: `[]`},
		"not JSON":           {body: `<html>hello</html>`},
		"null builds": {
			body: `{"channel": {"name": "production", "version": {"id": "01", "name": "golden", "status": "VERSION_MELTED", "builds": null}}}`,
			checks: []statecheck.StateCheck{
				attribute("id", knownvalue.StringExact("01")),
				attribute("version", knownvalue.StringExact("golden")),
				attribute("incremental_version", knownvalue.Null()),
				attribute("status", knownvalue.StringExact("MELTED")),
				attribute("fingerprint", knownvalue.Null()),
				attribute("created_at", knownvalue.Null()),
				attribute("revoke_at", knownvalue.Null()),
				attribute("channel_id", knownvalue.Null()),
				attribute("builds", knownvalue.ListExact([]knownvalue.Check{})),
				attribute("images", knownvalue.ListExact([]knownvalue.Check{})),
			},
		},
		"null artifacts": {
			body: `{"channel": {"name": "production", "version": {"id": "01", "revoke_at": "", "builds": [null, {"artifacts": null}, {"artifacts": [null, {}]}]}}}`,
			checks: []statecheck.StateCheck{
				attribute("revoke_at", knownvalue.Null()),
				attribute("builds", knownvalue.ListExact([]knownvalue.Check{
					knownvalue.ObjectPartial(map[string]knownvalue.Check{"id": knownvalue.Null(), "images": knownvalue.ListExact([]knownvalue.Check{})}),
					knownvalue.ObjectPartial(map[string]knownvalue.Check{"status": knownvalue.Null(), "images": knownvalue.ListSizeExact(1)}),
				})),
				attribute("images", knownvalue.ListExact([]knownvalue.Check{
					knownvalue.ObjectExact(map[string]knownvalue.Check{
						"image_id": knownvalue.Null(), "cloud_provider": knownvalue.Null(), "region": knownvalue.Null(),
						"component_type": knownvalue.Null(), "build_id": knownvalue.Null(), "id": knownvalue.Null(),
						"created_at": knownvalue.Null(), "labels": knownvalue.MapExact(map[string]knownvalue.Check{}),
					}),
				})),
			},
		},
		"zero revocation date": {
			body: `{"channel": {"name": "production", "version": {"id": "01", "status": "VERSION_ACTIVE", "revoke_at": "0001-01-01T00:00:00Z"}}}`,
			checks: []statecheck.StateCheck{
				attribute("status", knownvalue.StringExact("ACTIVE")),
				attribute("revoke_at", knownvalue.Null()),
			},
		},
		"null revocation date": {
			body:   `{"channel": {"name": "production", "version": {"id": "01", "revoke_at": null}}}`,
			checks: []statecheck.StateCheck{attribute("revoke_at", knownvalue.Null())},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.fake.Inject(hcpfake.Fault{Operation: hcpfake.GetChannel, Status: http.StatusOK, Body: tc.body})
			if tc.checks == nil {
				f.requireError(t, readConfig, diagnostic{
					summary: "HCP's Response Cannot Be Read",
					facts:   []string{`Channel "production" of bucket "hardened-ubuntu"`, testProject, "Cause:"},
					absent:  []string{"json:", "Go ", "models.", "Consumer"},
				})
				return
			}
			f.run(t, resource.TestStep{Config: readConfig, ConfigStateChecks: tc.checks})
		})
	}
}

// A state that is too large for the protocol is reported as a diagnostic.
func TestIterationTooLarge(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.version(func(v *hcpfake.Version) {
		v.Builds[0].Labels = map[string]string{"sbom": strings.Repeat("x", 100_000)}
		for i := range 3000 {
			v.Builds[0].Artifacts = append(v.Builds[0].Artifacts, &hcpfake.Artifact{ExternalIdentifier: "ami", Region: fmt.Sprintf("region-%d", i)})
		}
	})
	f.requireError(t, readConfig, diagnostic{
		summary: "Iteration Too Large", attribute: "bucket",
		facts: []string{
			`Channel "production" of bucket "hardened-ubuntu"`, testProject, "Images:   3003\n", "Size:     at least 286 MiB\n", "Maximum:  255 MiB\n",
			"Set region, component_type, cloud_provider or labels",
		},
	})
	f.run(t, resource.TestStep{Config: withFilters(`region = "region-7"`), ConfigStateChecks: []statecheck.StateCheck{
		attribute("images", knownvalue.ListSizeExact(1)),
	}})
}
