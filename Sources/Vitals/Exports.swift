// A check of one's own is written in the terms of these two, so `import Vitals` brings them along. There is no other way
// to have that: a type alias does not make a type's members visible.
@_exported public import EventLoop
@_exported public import Health
