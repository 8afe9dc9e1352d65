package registry

import (
	"fmt"
	"regexp"
)

// CheckName returns an error that says what is wrong with the name of a bucket or
// channel, or with a fingerprint. It returns nil if nothing is. Names become segments of
// a URL path, so nothing passes that could change that path: a name consists of ASCII
// letters, digits, '-', '_' and '.', and is neither "." nor "..".
func CheckName(name string) error {
	switch name {
	case "":
		return fmt.Errorf("a name must not be empty")
	case ".", "..":
		return fmt.Errorf("%q is a path, not a name", name)
	}
	for _, r := range name {
		if !isNameRune(r) {
			return fmt.Errorf("%q contains %q; a name consists of ASCII letters, digits, '-', '_' and '.'", name, r)
		}
	}
	return nil
}

func isNameRune(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' ||
		r == '-' || r == '_' || r == '.'
}

var uuid = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)

// IsUUID reports whether the ID of an organization or project has the form that
// HCP gives it. IDs become segments of a URL path too.
func IsUUID(id string) bool { return uuid.MatchString(id) }
