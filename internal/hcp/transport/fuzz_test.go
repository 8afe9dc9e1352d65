package transport

import (
	"testing"
	"unicode/utf8"
)

// Error responses are decoded whatever they are.
func FuzzError(f *testing.F) {
	for _, seed := range []string{
		`{"code": 5, "message": "no such channel", "details": []}`, `{"error": "invalid_client", "error_description": "no"}`,
		`<html>`, ``, `null`, `{"code": "5"}`, `{"message": 5}`,
	} {
		f.Add(404, []byte(seed))
		f.Add(401, []byte(seed))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		failure := decodeError(status, body)
		if failure.Status != status {
			t.Errorf("got %+v", failure)
		}
		if !utf8.ValidString(failure.Message) {
			t.Errorf("the message is not UTF-8: %q", failure.Message)
		}
	})
}
