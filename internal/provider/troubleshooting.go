package provider

import (
	"strings"
	"unicode"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// troubleshooting is the guide with a section for every diagnostic. Whoever
// publishes the provider from another repository changes it here.
const troubleshooting = "https://github.com/hashicorp/terraform-provider-packer/blob/main/docs/guides/troubleshooting.md"

// addLinks ends the diagnostics with links to their sections of the guide. Without
// the indent, Terraform would break the line after its first word.
func addLinks(diagnostics []*tfprotov6.Diagnostic) {
	for _, diagnostic := range diagnostics {
		heading, _, _ := strings.Cut(diagnostic.Summary, ": ") // and what it concerns
		diagnostic.Detail += "\n\n  See " + troubleshooting + "#" + anchor(heading)
	}
}

// anchor returns the anchor that GitHub and the Terraform Registry give a heading.
func anchor(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-', r == '_', unicode.IsLetter(r), unicode.IsDigit(r):
			return unicode.ToLower(r)
		default:
			return -1
		}
	}, heading)
}
