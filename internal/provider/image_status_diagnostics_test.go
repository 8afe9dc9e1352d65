package provider

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// Every error of reading a status is explained too, in words that are about the image.
func TestImageErrorDiagnostic(t *testing.T) {
	requireErrorDiagnostics(t, func(err error) diag.Diagnostic { return imageErrorDiagnostic(testImage, time.Minute, err) },
		[]string{`"ami-1" (aws)`}, "revoked", "unassigned", "incomplete", "no fingerprint", "no channel", "channel listed", "no bucket", "no match")
	for kind := range imageFailureTexts {
		got := imageErrorDiagnostic(testImage, time.Minute, &registry.Failure{Kind: kind})
		for _, word := range []string{"bucket", "channel"} {
			if strings.Contains(got.Detail(), word) {
				t.Errorf("%s is about a %s: %s", got.Summary(), word, got.Detail())
			}
		}
	}
}

// What went wrong before the search is not blamed on it.
func TestFailureBeforeTheSearch(t *testing.T) {
	failure := &registry.Failure{Kind: registry.PermissionDenied, Status: 403}
	for name, err := range map[string]error{
		"lookup":  &registry.LocationError{Err: failure},
		"sign-in": &registry.SignInError{Credentials: "somewhere", Err: failure},
	} {
		if got := imageErrorDiagnostic(testImage, time.Minute, err); strings.Contains(got.Detail(), "search") {
			t.Errorf("%s: %s", name, got.Detail())
		}
	}
}

func TestNameImage(t *testing.T) {
	inRegion, odd, nowhere := testImage, testImage, testImage
	inRegion.Region = "eu-central-1"
	odd.ImageID, odd.CloudProvider = strings.Repeat("x", 2*maxText), "a\u2028b"
	nowhere.Location = registry.Location{}
	for want, ref := range map[string]registry.ImageReference{
		`image "ami-1" (aws) in HCP project ` + testProject:                                 testImage,
		`image "ami-1" (aws, eu-central-1) in HCP project ` + testProject:                   inRegion,
		`image "` + strings.Repeat("x", maxText) + `…" (a b) in HCP project ` + testProject: odd,
		`image "ami-1" (aws)`: nowhere,
	} {
		if got := describeImage(ref); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestImageStatusWarnings(t *testing.T) {
	now := time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)
	choice := &registry.ProjectChoice{Project: registry.Project{ID: testProject, OrganizationID: testOrganization}, Total: 2}
	at := func(offset time.Duration) registry.Publication {
		id := fmt.Sprint(offset)
		return registry.Publication{Bucket: "b", Iteration: &registry.Iteration{ID: id, Revocation: registry.Revocation{At: now.Add(offset)}}}
	}
	active := registry.Publication{Iteration: &registry.Iteration{Status: "ACTIVE"}}
	const chosen, revoked, scheduled = "HCP Project Chosen", "Image Is Revoked: ami-1", "Image Will Be Revoked: ami-1"
	for name, tc := range map[string]struct {
		status registry.ImageStatus
		want   []string // summaries
		begins string   // of the last one's detail
	}{
		"untracked or an error": {},
		"error after a choice":  {registry.ImageStatus{ProjectChoice: choice}, []string{chosen}, "No project is set for image"},
		"active":                {registry.ImageStatus{Publications: []registry.Publication{active, active}}, nil, ""},
		"revoked": {
			registry.ImageStatus{Publications: []registry.Publication{at(0)}},
			[]string{revoked},
			`The iteration that published image "ami-1" (aws) in HCP project ` + testProject + " is revoked.\n\n  Bucket:           b\n  Iteration:        0s\n",
		},
		"scheduled": {
			registry.ImageStatus{ProjectChoice: choice, Publications: []registry.Publication{at(1)}},
			[]string{chosen, scheduled},
			`The iteration that published image "ami-1" (aws) in HCP project ` + testProject + " is scheduled for revocation.\n\n  Bucket:",
		},
		"one of two": {
			registry.ImageStatus{Publications: []registry.Publication{active, at(0)}},
			[]string{revoked},
			`Of the 2 iterations that published image "ami-1" (aws) in HCP project ` + testProject + ", 1 is revoked:\n\n  Bucket:",
		},
		"some scheduled": {
			registry.ImageStatus{Publications: []registry.Publication{active, at(2), at(1)}},
			[]string{scheduled},
			`Of the 3 iterations that published image "ami-1" (aws) in HCP project ` + testProject +
				", 2 are scheduled for revocation. The first:\n\n  Bucket:           b\n  Iteration:        1ns\n",
		},
		"all sorts": {
			registry.ImageStatus{Publications: []registry.Publication{at(1), active, at(0), at(-1)}},
			[]string{revoked},
			`Of the 4 iterations that published image "ami-1" (aws) in HCP project ` + testProject +
				", 2 are revoked and 1 is scheduled for revocation. The first:\n\n  Bucket:           b\n  Iteration:        -1ns\n",
		},
	} {
		tc.status.Reference, tc.status.Time = testImage, now
		var got []string
		detail := ""
		for _, warning := range imageStatusWarnings(tc.status) {
			if warning.Severity() != diag.SeverityWarning {
				t.Errorf("%s: %q is no warning", name, warning.Summary())
			}
			got, detail = append(got, warning.Summary()), warning.Detail()
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
		if !strings.HasPrefix(detail, tc.begins) {
			t.Errorf("%s: the detail does not begin with %q: %s", name, tc.begins, detail)
		}
	}
}

// The other iterations are listed in columns, up to a limit, and nothing that comes from
// HCP breaks the lines.
func TestListRevocations(t *testing.T) {
	publication := func(bucket, version string, day int) registry.Publication {
		it := &registry.Iteration{Version: version}
		if day > 0 {
			it.Revocation.At = time.Date(2026, 3, day, 0, 0, 0, 0, time.UTC)
		}
		return registry.Publication{Bucket: bucket, Iteration: it}
	}
	four := []registry.Publication{
		publication("web", "v1", 1), publication("database", "v10", 2), publication("", "", 0), publication("two\nlines\tand a tab", "v\x1b1", 4),
	}
	const want = `  web                  v1       2026-03-01T00:00:00Z
  database             v10      2026-03-02T00:00:00Z
  ?                    unknown  HCP gives no date
  two lines and a tab  v 1      2026-03-04T00:00:00Z`
	if got := listRevocations(four); got != want {
		t.Errorf("got\n%s", got)
	}
	if got := listRevocations(append(four, four...)); got != want+"\n  … and 4 more" {
		t.Errorf("got\n%s", got)
	}
}
