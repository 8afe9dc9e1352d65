package hcp

import (
	"bytes"
	"encoding/base64"
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// secrets are the texts that no error may tell, because a server, or whatever
// answers in its place, may send back what it was sent.
type secrets struct {
	mu    sync.Mutex
	known []string
}

// shortest is the length in bytes of the shortest text that is kept secret.
// Striking shorter ones would garble every message and protect nothing.
const shortest = 6

// add makes a text a secret.
func (s *secrets) add(text string) {
	if len(strings.TrimSpace(text)) < shortest {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, form := range []string{
		text,
		strings.TrimSpace(text),
		url.QueryEscape(text),
		url.PathEscape(text),
		base64.StdEncoding.EncodeToString([]byte(text)),
	} {
		if !slices.Contains(s.known, form) {
			s.known = append(s.known, form)
		}
	}
	// One that begins another must not be struck from it, or the rest remains.
	slices.SortStableFunc(s.known, func(a, b string) int { return len(b) - len(a) })
}

// in reports whether a text gives a secret away.
func (s *secrets) in(text []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.known, func(secret string) bool { return bytes.Contains(text, []byte(secret)) })
}

// strike removes all secrets from a failure.
func (s *secrets) strike(failure *registry.Failure) {
	failure.Message = s.struck(failure.Message)
	if failure.Err != nil {
		failure.Err = errors.New(s.struck(failure.Err.Error()))
	}
}

func (s *secrets) struck(text string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, secret := range s.known {
		text = strings.ReplaceAll(text, secret, "(redacted)")
	}
	return text
}
