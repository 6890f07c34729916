#!/bin/sh
# Generates Sources/Domain/ProtocolMessages from the .proto files beside this script. Needs protoc and protoc-gen-swift
# (swift-protobuf, the version in Package.swift: swift build -c release --product protoc-gen-swift in its checkout).
set -eu
cd "$(dirname "$0")"
protoc --proto_path=. --swift_opt=Visibility=Package --swift_opt=FileNaming=DropPath --swift_opt=UseAccessLevelOnImports=true \
    --swift_out=../Sources/Domain/ProtocolMessages muster/v1/*.proto
