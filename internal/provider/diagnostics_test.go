package provider

import (
	"context"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

var testRef = registry.Reference{
	Location: registry.Location{OrganizationID: testOrganization, ProjectID: testProject},
	Bucket:   "the-bucket", Channel: "the-channel",
}

// allErrors has an error of each kind that has a diagnostic of its own.
func allErrors() map[string]error {
	errs := map[string]error{
		"revoked":               &registry.RevokedError{Iteration: &registry.Iteration{ID: "01"}},
		"unassigned":            &registry.UnassignedError{},
		"incomplete":            &registry.IncompleteError{Iteration: &registry.Iteration{ID: "01", Status: "FAILED"}},
		"no fingerprint":        &registry.FingerprintNotFoundError{},
		"no channel":            &registry.ChannelNotFoundError{},
		"channel listed":        &registry.ChannelNotFoundError{Known: registry.Names{All: []string{"The-Channel", "the-channel"}, Suggestion: "The-Channel"}},
		"no bucket":             &registry.BucketNotFoundError{},
		"inactive":              &registry.RegistryInactiveError{},
		"no registry":           &registry.RegistryNotFoundError{},
		"no project":            &registry.ProjectNotFoundError{},
		"no organization":       &registry.NoOrganizationError{},
		"several organizations": &registry.SeveralOrganizationsError{},
		"empty organization":    &registry.NoProjectError{OrganizationID: testOrganization},
		"no match":              &registry.NoMatchError{Criterion: registry.ByRegion},
		"too large":             &stateTooLargeError{},
		"settings":              &configError{errors.New("something is wrong")},
		"cancelled":             context.Canceled,
		"anything else":         errors.New("surprise"),
	}
	for kind := registry.Unexpected; kind <= registry.InvalidResponse; kind++ {
		errs[fmt.Sprintf("kind %d", kind)] = &registry.Failure{Kind: kind, Status: 418}
	}
	return errs
}

// nextStep matches text that tells users what to do.
var nextStep = regexp.MustCompile(`(^|[.,] |, or )(Assign|Check|Correct|Give|Look|Publish|Reactivate|Run|Set|Resolve|Wait|publish|run|set|sign) `)

// Every error has a summary of its own. Its detail names what was to be read, and
// ends with what to do next.
func TestErrorDiagnostic(t *testing.T) {
	byFingerprint := testRef
	byFingerprint.Channel, byFingerprint.Fingerprint = "", "the-fingerprint"
	diagnose := func(ref registry.Reference) func(error) diag.Diagnostic {
		return func(err error) diag.Diagnostic { return iterationErrorDiagnostic(ref, time.Minute, err) }
	}
	t.Run("channel", func(t *testing.T) {
		requireErrorDiagnostics(t, diagnose(testRef), []string{"the-bucket", "the-channel"}, "incomplete", "no fingerprint")
	})
	t.Run("fingerprint", func(t *testing.T) {
		requireErrorDiagnostics(t, diagnose(byFingerprint), []string{"the-bucket", "the-fingerprint"}, "unassigned", "no channel", "channel listed")
	})
}

// requireErrorDiagnostics checks the diagnostics of all errors except those that cannot
// occur. Each says what was to be read.
func requireErrorDiagnostics(t *testing.T, diagnose func(error) diag.Diagnostic, facts []string, except ...string) {
	t.Helper()
	summaries := make(map[string]string)
	for name, err := range allErrors() {
		if slices.Contains(except, name) {
			continue
		}
		got := diagnose(fmt.Errorf("wrapped: %w", err))
		if other, ok := summaries[got.Summary()]; ok {
			t.Errorf("%s and %s have the same summary %q", name, other, got.Summary())
		}
		summaries[got.Summary()] = name
		for _, fact := range facts {
			if !strings.Contains(got.Detail(), fact) {
				t.Errorf("%s: the detail does not say %q: %s", name, fact, got.Detail())
			}
		}
		if project := strings.Contains(got.Detail(), testProject); !project && name != "settings" {
			t.Errorf("%s: the detail does not name the project: %s", name, got.Detail())
		}
		paragraphs := strings.Split(got.Detail(), "\n\n")
		if last := paragraphs[len(paragraphs)-1]; !nextStep.MatchString(last) {
			t.Errorf("%s: the end does not say what to do: %s", name, last)
		}
		if strings.Contains(got.Detail(), "wrapped") && name != "settings" && name != "anything else" {
			t.Errorf("%s: the detail repeats the chain of errors: %s", name, got.Detail())
		}
	}
}

// The end of a context is reported as a timeout.
func TestDeadlineDiagnostic(t *testing.T) {
	got := errorDiagnostic(readTarget{timeout: 90 * time.Second}, context.DeadlineExceeded)
	if got.Summary() != "HCP Did Not Respond In Time" || !strings.Contains(got.Detail(), "Time allowed:  1m30s") {
		t.Errorf("got %s: %s", got.Summary(), got.Detail())
	}
}

// The message is readable however long HCP asks to wait.
func TestRateLimitDiagnostic(t *testing.T) {
	got := iterationErrorDiagnostic(testRef, time.Minute, &registry.Failure{Kind: registry.RateLimited, Status: 429, RetryAfter: math.MaxInt64})
	if !strings.Contains(got.Detail(), "HCP asks to wait:  more than a day\n") {
		t.Errorf("got %s", got.Detail())
	}
}

// Warnings of one kind about one iteration have the same summary, by which Terraform groups
// them.
func TestResolutionWarnings(t *testing.T) {
	choice := &registry.ProjectChoice{Project: registry.Project{ID: testProject, OrganizationID: testOrganization}, Total: 2}
	plain := &registry.Iteration{Status: "ACTIVE", ID: "01"}
	scheduled := &registry.Iteration{ID: "01", Version: "v7", Revocation: registry.Revocation{At: time.Now()}}
	const (
		chosen         = "HCP Project Chosen"
		revoked        = "Image Iteration Is Revoked: the-bucket v7 (01)"
		revokedUnnamed = "Image Iteration Is Revoked: the-bucket 01"
		willBeRevoked  = "Image Iteration Will Be Revoked: the-bucket v7 (01)"
	)
	for name, tc := range map[string]struct {
		resolution registry.Resolution
		want       []string
	}{
		"nothing":              {registry.Resolution{Iteration: plain}, nil},
		"error":                {registry.Resolution{}, nil},
		"error after a choice": {registry.Resolution{ProjectChoice: choice}, []string{chosen}},
		"choice":               {registry.Resolution{ProjectChoice: choice, Iteration: plain}, []string{chosen}},
		"scheduled":            {registry.Resolution{Iteration: scheduled}, []string{willBeRevoked}},
		"revoked":              {registry.Resolution{Iteration: scheduled, Revoked: true}, []string{revoked}},
		"choice and scheduled": {registry.Resolution{ProjectChoice: choice, Iteration: scheduled}, []string{chosen, willBeRevoked}},
		"choice and revoked":   {registry.Resolution{ProjectChoice: choice, Iteration: plain, Revoked: true}, []string{chosen, revokedUnnamed}},
	} {
		var got []string
		tc.resolution.Reference = testRef
		for _, warning := range resolutionWarnings(tc.resolution) {
			if warning.Severity() != diag.SeverityWarning {
				t.Errorf("%s: %q is no warning", name, warning.Summary())
			}
			got = append(got, warning.Summary())
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
	}
}

func TestManyOrganizations(t *testing.T) {
	organizations := make([]registry.Organization, maxNames+3)
	for i := range organizations {
		organizations[i].ID = fmt.Sprintf("org-%02d", i)
	}
	got := iterationErrorDiagnostic(testRef, time.Minute, &registry.SeveralOrganizationsError{Organizations: organizations}).Detail()
	if !strings.Contains(got, "belongs to 13 organizations:\n\n  org-00:  without a name\n") ||
		!strings.Contains(got, "  org-09:  without a name\n  … and 3 more\n") {
		t.Errorf("got %s", got)
	}
}
