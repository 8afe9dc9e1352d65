package hcpfake

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/go-openapi/strfmt"
)

func TestEncoder(t *testing.T) {
	type item struct {
		ID     string            `json:"id,omitempty"`
		At     strfmt.DateTime   `json:"revoke_at"`
		Status *VersionStatus    `json:"status,omitempty"`
		Parent *item             `json:"parent,omitempty"`
		Items  []*item           `json:"items"`
		Labels map[string]string `json:"labels,omitempty"`
		Free   any               `json:"free,omitempty"`
		Size   int32             `json:"size,omitempty"`
		Done   bool              `json:"done,omitempty"`
		hidden string
	}
	const (
		zero  = "0001-01-01T00:00:00.000Z"
		unset = `"revoke_at":null,"status":null,"parent":null,"items":[],"labels":{},"free":null,"size":0,"done":false`
	)
	for name, c := range map[string]struct {
		item            item
		full, omitUnset string
	}{
		"unset": {item{hidden: "x"}, `{"id":"",` + unset + `}`, `{}`},
		"zero time of UTC": {
			item{ID: "x", At: strfmt.DateTime(time.Time{}.UTC())}, `{"id":"x",` + unset + `}`, `{"id":"x"}`,
		},
		"set": {
			item{
				ID: "x", At: strfmt.DateTime(time.Date(2024, 11, 4, 12, 0, 0, 5e6, time.UTC)), Status: active.Pointer(),
				Parent: &item{ID: "y"}, Items: []*item{{ID: "z"}, nil}, Labels: map[string]string{"a": ""},
				Free: map[string]any{"x": nil, "at": zero}, Size: -7, Done: true,
			},
			`{"id":"x","revoke_at":"2024-11-04T12:00:00.005Z","status":"VERSION_ACTIVE","parent":{"id":"y",` + unset +
				`},"items":[{"id":"z",` + unset + `},null],"labels":{"a":""},"free":{"at":"` + zero + `","x":null},"size":-7,"done":true}`,
			`{"id":"x","revoke_at":"2024-11-04T12:00:00.005Z","status":"VERSION_ACTIVE","parent":{"id":"y"},` +
				`"items":[{"id":"z"},null],"labels":{"a":""},"free":{"at":"` + zero + `","x":null},"size":-7,"done":true}`,
		},
		"empty": {
			item{Parent: &item{}, Items: []*item{}, Labels: map[string]string{}},
			`{"id":"","revoke_at":null,"status":null,"parent":{"id":"",` + unset + `},"items":[],"labels":{},"free":null,"size":0,"done":false}`,
			`{"parent":{},"items":[],"labels":{}}`,
		},
		"text": {
			item{ID: `","revoke_at":"` + zero, Labels: map[string]string{"revoke_at": zero}, Done: true},
			`{"id":"\",\"revoke_at\":\"` + zero + `","revoke_at":null,"status":null,"parent":null,"items":[],` +
				`"labels":{"revoke_at":"` + zero + `"},"free":null,"size":0,"done":true}`,
			`{"id":"\",\"revoke_at\":\"` + zero + `","labels":{"revoke_at":"` + zero + `"},"done":true}`,
		},
	} {
		for omitUnset, want := range map[bool]string{false: c.full, true: c.omitUnset} {
			e := encoder{omitUnset: omitUnset}
			e.encode(reflect.ValueOf(&c.item))
			if got := string(e.buf); got != want || !json.Valid(e.buf) {
				t.Errorf("%s, omitting unset fields: %t: got %s, want %s", name, omitUnset, got, want)
			}
		}
	}
}

func TestEnv(t *testing.T) {
	e := &Endpoint{Addr: "127.0.0.1:1"}
	for goos, want := range map[string]string{"linux": "", "freebsd": "", "darwin": "insecure", "ios": "insecure", "windows": "insecure"} {
		env := e.env(goos)
		if env["HCP_API_TLS"] != want || env["HCP_AUTH_TLS"] != want {
			t.Errorf("%s: got %v, want the TLS variables to be %q", goos, env, want)
		}
	}
}
