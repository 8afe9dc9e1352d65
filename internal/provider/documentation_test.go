package provider

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	codeFence      = regexp.MustCompile("(?s)```.*?```")
	markdownLink   = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading        = regexp.MustCompile(`(?m)^#+ (.+)$`)
	explicitAnchor = regexp.MustCompile(`<a id="([^"]+)">`)
)

// Links within the documentation lead to a file of the repository and, if they name one,
// to a heading there.
func TestDocumentationLinks(t *testing.T) {
	const root = "../.."
	links := 0
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md"} {
		pages, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(pages) == 0 {
			t.Fatalf("no pages %s: %v", pattern, err)
		}
		for _, page := range pages {
			for _, match := range markdownLink.FindAllStringSubmatch(readProse(t, page), -1) {
				file, fragment, isOurs := linkTarget(root, page, match[1])
				if !isOurs {
					continue
				}
				links++
				if _, err := os.Stat(file); err != nil {
					t.Errorf("%s: %v", page, err)
				} else if fragment != "" && !slices.Contains(anchorsOf(t, file), fragment) {
					t.Errorf("%s: %s has no heading for %s", page, file, match[1])
				}
			}
		}
	}
	if links == 0 {
		t.Error("there are no links")
	}
}

// linkTarget returns the file and the fragment that a link on a page leads to, and
// whether they are in the repository, which a link may name by its URL.
func linkTarget(root, page, link string) (file, fragment string, isOurs bool) {
	repository, _, _ := strings.Cut(troubleshooting, "/blob/main/")
	link, isURL := strings.CutPrefix(link, repository)
	path, fragment, _ := strings.Cut(link, "#")
	switch {
	case isURL && path == "":
		return filepath.Join(root, "README.md"), fragment, true
	case isURL:
		return filepath.Join(root, strings.TrimPrefix(strings.TrimPrefix(path, "/blob/main/"), "/tree/main/")), fragment, true
	case strings.Contains(path, "://"):
		return "", "", false
	case path == "":
		return page, fragment, true
	default:
		return filepath.Join(filepath.Dir(page), path), fragment, true
	}
}

// anchorsOf returns the anchors of a page.
func anchorsOf(t *testing.T, page string) []string {
	t.Helper()
	prose := readProse(t, page)
	var anchors []string
	for _, match := range heading.FindAllStringSubmatch(prose, -1) {
		anchors = append(anchors, anchor(match[1]))
	}
	for _, match := range explicitAnchor.FindAllStringSubmatch(prose, -1) {
		anchors = append(anchors, match[1])
	}
	return anchors
}

// readProse returns a page without its blocks of code.
func readProse(t *testing.T, page string) string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	return codeFence.ReplaceAllString(string(text), "")
}
