package provider

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

var testTarget = readTarget{
	channel: registry.Channel{
		Location: registry.Location{OrganizationID: testOrganization, ProjectID: testProject},
		Bucket:   "the-bucket", Name: "the-channel",
	},
	timeout: time.Minute,
}

// allErrors has an error of each kind that has a diagnostic of its own.
func allErrors() map[string]error {
	errs := map[string]error{
		"revoked":               &registry.RevokedError{Iteration: &registry.Iteration{ID: "01"}},
		"unassigned":            &registry.UnassignedError{},
		"no channel":            &registry.ChannelNotFoundError{},
		"channel listed":        &registry.ChannelNotFoundError{Known: registry.Names{Suggestion: "the-channel"}},
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

// nextStep matches what tells a user what to do.
var nextStep = regexp.MustCompile(`(^|[.,] |, or )(Assign|Check|Correct|Give|Look|Publish|Reactivate|Run|Set|Resolve|Wait|publish|run|set|sign) `)

// Whatever goes wrong, its diagnostic is unlike the others, names what was
// asked, and ends with what to do next.
func TestErrorDiagnostic(t *testing.T) {
	summaries := make(map[string]string)
	for name, err := range allErrors() {
		got := errorDiagnostic(testTarget, fmt.Errorf("wrapped: %w", err))
		if other, ok := summaries[got.Summary()]; ok {
			t.Errorf("%s and %s have the same summary %q", name, other, got.Summary())
		}
		summaries[got.Summary()] = name
		for _, fact := range []string{"the-bucket", "the-channel"} {
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

// The documentation explains every diagnostic, and no other.
func TestDocumentedDiagnostics(t *testing.T) {
	iteration := &registry.Iteration{}
	known := map[string]bool{
		revokedWarning(testTarget.channel, iteration).Summary():                       true,
		revocationScheduledWarning(testTarget.channel, iteration).Summary():           true,
		projectChosenWarning(testTarget.channel, &registry.ProjectChoice{}).Summary(): true,
		invalidTimeoutDiagnostic(0).Summary():                                         true,
		internalErrorDiagnostic(errors.New("odd")).Summary():                          true,
		"Invalid Attribute …":                                                         true, // of the framework's validators
	}
	for _, err := range allErrors() {
		known[errorDiagnostic(testTarget, err).Summary()] = true
	}
	for _, check := range []validator.String{validName(), validUUID(), validResourceName()} {
		known[check.(stringValidator).summary] = true
	}

	page, err := os.ReadFile("../../docs/data-sources/image_iteration.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## Diagnostics\n")
	section, _, _ = strings.Cut(section, "\n## ")
	documented := make(map[string]bool)
	for _, row := range regexp.MustCompile(`(?m)^\| ([^|]+) \|`).FindAllStringSubmatch(section, -1) {
		documented[row[1]] = row[1] != "summary"
	}
	for summary := range known {
		if !documented[summary] {
			t.Errorf("%q is not documented", summary)
		}
	}
	for summary, isOne := range documented {
		if isOne && !known[summary] {
			t.Errorf("%q is documented, but there is no such diagnostic", summary)
		}
	}
}

// The end of the context is matched as a matter of time.
func TestDeadlineDiagnostic(t *testing.T) {
	got := errorDiagnostic(readTarget{timeout: 90 * time.Second}, context.DeadlineExceeded)
	if got.Summary() != "HCP Did Not Answer In Time" || !strings.Contains(got.Detail(), "Time allowed:  1m30s") {
		t.Errorf("got %s: %s", got.Summary(), got.Detail())
	}
}

func TestOneLine(t *testing.T) {
	for text, want := range map[string]string{
		"":                                       "",
		" plain ":                                "plain",
		"two\nlines\r\n\tand more":               "two lines and more",
		"\x1b[31mred\x1b[0m\x07":                 "[31mred [0m",
		"zero\x00byte\u200bwidth\u202edirection": "zero byte width direction",
		"\xff\xfe":                               "\ufffd\ufffd",
		strings.Repeat("ü", 3*maxText):           strings.Repeat("ü", maxText) + "…",
		strings.Repeat("a b ", maxText):          strings.Repeat("a b ", maxText)[:maxText] + "…",
	} {
		if got := oneLine(text); got != want {
			t.Errorf("%.40q: got %.40q… (%d), want %.40q… (%d)", text, got, len(got), want, len(want))
		}
	}
}
