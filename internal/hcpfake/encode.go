package hcpfake

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"
)

// encoder encodes the SDK's models as HCP does. Their JSON tags are those of a
// client, which omits unset fields; HCP sends them: times, objects and
// enumerations as null, lists as [], maps as {}, and other values as "", 0 or
// false. That enumerations are null is a choice: HCP may send their first value,
// such as REVOCATION_TYPE_UNSET.
type encoder struct {
	omitUnset bool
	buf       []byte
}

func (e *encoder) encode(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			e.buf = append(e.buf, "null"...)
			return
		}
		e.encode(v.Elem())
	case reflect.Struct:
		switch {
		case !isTime(v.Type()):
			e.object(v)
		case isUnset(v):
			e.buf = append(e.buf, "null"...)
		default:
			e.marshal(v)
		}
	case reflect.Slice:
		e.list(v)
	case reflect.Map:
		if v.IsNil() {
			e.buf = append(e.buf, "{}"...)
			return
		}
		e.marshal(v)
	case reflect.Bool:
		e.buf = strconv.AppendBool(e.buf, v.Bool())
	default:
		e.marshal(v)
	}
}

func (e *encoder) object(v reflect.Value) {
	e.buf = append(e.buf, '{')
	first := true
	for _, f := range fieldsOf(v.Type()) {
		value := v.Field(f.index)
		if e.omitUnset && isUnset(value) {
			continue
		}
		if !first {
			e.buf = append(e.buf, ',')
		}
		first = false
		e.buf = append(e.buf, f.key...)
		e.encode(value)
	}
	e.buf = append(e.buf, '}')
}

func (e *encoder) list(v reflect.Value) {
	e.buf = append(e.buf, '[')
	for i := range v.Len() {
		if i > 0 {
			e.buf = append(e.buf, ',')
		}
		e.encode(v.Index(i))
	}
	e.buf = append(e.buf, ']')
}

// marshal encodes values that have no fields of the API, such as strings, times
// and a build's metadata.
func (e *encoder) marshal(v reflect.Value) {
	data, err := json.Marshal(v.Interface())
	if err != nil {
		panic(fmt.Sprintf("encoding %s: %v", v.Type(), err))
	}
	e.buf = append(e.buf, data...)
}

func isUnset(v reflect.Value) bool {
	if v.Kind() == reflect.Struct && isTime(v.Type()) {
		// In UTC, a zero time is not the zero value of its type.
		at, ok := reflect.TypeAssert[time.Time](v.Convert(reflect.TypeFor[time.Time]()))
		return ok && at.IsZero()
	}
	return v.IsZero()
}

// modelField is a field of one of the SDK's models.
type modelField struct {
	index int
	key   string // the encoded name and a colon
}

var modelFields sync.Map // from reflect.Type to []modelField

// fieldsOf returns the fields of a type. It caches them, because reading tags is
// slow.
func fieldsOf(t reflect.Type) []modelField {
	cached, _ := modelFields.Load(t)
	if fields, ok := cached.([]modelField); ok {
		return fields
	}
	var fields []modelField
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if name != "" && name != "-" {
			fields = append(fields, modelField{i, strconv.Quote(name) + ":"})
		}
	}
	modelFields.Store(t, fields)
	return fields
}
