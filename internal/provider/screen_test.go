package provider

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// Every error fits on a screen of 24 lines and 80 columns, with the six lines in which
// Terraform says where it is.
func TestErrorsFitOnScreen(t *testing.T) {
	const lines, columns = 24 - 6, 80 - 2
	errs := allErrors()
	errs["revoked"] = &registry.RevokedError{Iteration: &registry.Iteration{
		ID: "01JNZ3N5Q0VERS10N700000000", Version: "v7",
		Revocation: registry.Revocation{
			At: time.Unix(0, 0), Author: "security-team@example.com", Message: "CVE-2026-1234 in openssl, see https://example.com/advisories/2026-1234",
			InheritedFrom: &registry.Ancestor{Bucket: "base-image", IterationID: "01JNZ3N5Q0ANCEST0R00000000", Version: "v3"},
		},
	}}
	for kind := registry.Unexpected; kind <= registry.InvalidResponse; kind++ {
		errs[fmt.Sprintf("kind %d", kind)] = &registry.Failure{
			Kind: kind, Status: 418, Message: "I'm a teapot", Address: "api.cloud.hashicorp.com:443", Attempts: 6, RetryAfter: time.Minute,
		}
	}
	byFingerprint := testRef
	byFingerprint.Channel, byFingerprint.Fingerprint = "", "01JBM4T9WQ2ZK8X3N5R7D1FHVC"
	for name, err := range errs {
		for _, ref := range []registry.Reference{testRef, byFingerprint} {
			problem := iterationErrorDiagnostic(ref, time.Minute, err)
			shown := &tfprotov6.Diagnostic{Summary: problem.Summary(), Detail: problem.Detail()}
			addLinks([]*tfprotov6.Diagnostic{shown})
			detail := shown.Detail
			if got := height(detail, columns); got > lines {
				t.Errorf("%s takes %d lines, want at most %d:\n%s", name, got, lines, detail)
			}
		}
	}
}

// height returns how many lines a text takes, whose words Terraform wraps, except in
// lines that begin with a space.
func height(text string, columns int) (lines int) {
	for line := range strings.Lines(text) {
		lines++
		column := 0
		for word := range strings.FieldsSeq(line) {
			if column > 0 && column+len(word) > columns && !strings.HasPrefix(line, " ") {
				lines++
				column = 0
			}
			column += len(word) + 1
		}
	}
	return lines
}
