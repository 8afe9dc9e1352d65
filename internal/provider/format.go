package provider

import (
	"cmp"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// Terraform wraps the paragraphs of a diagnostic but leaves indented lines
// alone, so values that a user may want to copy are put on indented lines.

const (
	maxNames  = 10  // that a diagnostic lists
	maxImages = 20  // that a diagnostic lists
	maxText   = 500 // runes of text from elsewhere that a diagnostic shows
)

// rows are pairs of a name and a value.
type rows [][2]string

// add adds a row, unless the value is empty.
func (r *rows) add(name, value string) {
	if value = oneLine(value); value != "" {
		*r = append(*r, [2]string{name, value})
	}
}

// String formats the rows in two indented columns.
func (r rows) String() string {
	width := 0
	for _, row := range r {
		width = max(width, len(row[0]))
	}
	lines := make([]string, len(r))
	for i, row := range r {
		lines[i] = fmt.Sprintf("  %-*s  %s", width+1, row[0]+":", row[1])
	}
	return strings.Join(lines, "\n")
}

// appendOmitted appends to a list how many of its entries were left out.
func appendOmitted(list string, omitted int) string {
	if omitted <= 0 {
		return list
	}
	return fmt.Sprintf("%s\n  … and %d more", list, omitted)
}

// listNames lists the names that owner has, in their order.
func listNames(owner, kind string, known registry.Names) string {
	if known.Unavailable {
		return fmt.Sprintf("The existing %s could not be listed.", kind)
	}
	if len(known.All) == 0 {
		return fmt.Sprintf("%s has no %s.", owner, kind)
	}
	lines := []string{fmt.Sprintf("%s has these %s:\n", owner, kind)}
	for _, name := range known.All[:min(len(known.All), maxNames)] {
		lines = append(lines, "  "+oneLine(name))
	}
	return appendOmitted(strings.Join(lines, "\n"), len(known.All)-maxNames)
}

// didYouMean suggests a name, if there is a similar one.
func didYouMean(known registry.Names) string {
	if known.Suggestion == "" {
		return ""
	}
	return fmt.Sprintf(" Did you mean %q?", oneLine(known.Suggestion))
}

// iterationName names an iteration as both users and HCP do.
func iterationName(version, id string) string {
	switch version, id = oneLine(version), oneLine(id); {
	case version == "":
		return cmp.Or(id, "unknown")
	case id == "":
		return version
	default:
		return fmt.Sprintf("%s (%s)", version, id)
	}
}

// formatDate keeps the offset of t, because in UTC its year may be beyond 9999.
func formatDate(t time.Time) string {
	if t.IsZero() {
		return "HCP gives no date"
	}
	return t.Format(time.RFC3339)
}

// formatWait formats how long a server asks to wait, which may be any duration.
func formatWait(wait time.Duration) string {
	if wait > 24*time.Hour {
		return "more than a day"
	}
	return max(wait.Round(time.Second), time.Second).String()
}

// oneLine makes text from elsewhere safe to show in a terminal: a single line of
// limited length without control characters.
func oneLine(s string) string {
	var shown []rune
	for word := range strings.FieldsFuncSeq(s, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }) {
		if len(shown) > 0 {
			shown = append(shown, ' ')
		}
		shown = append(shown, []rune(word[:min(len(word), 4*maxText)])...)
		if len(shown) > maxText {
			return string(shown[:maxText]) + "…"
		}
	}
	return string(shown)
}

// sentence makes a sentence of an error's text.
func sentence(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:] + "."
}
