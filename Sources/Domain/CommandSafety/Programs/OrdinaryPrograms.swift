/// Programs that only look, or only change what is their own: all that has to be known of them is that nobody need be asked.
enum OrdinaryPrograms {
    static let table: [ProgramSpec] = [
        // They look.
        ProgramSpec(
            """
            getsebool systool pv rabbitmq-diagnostics sync bash-completion lshw-gtk fastfetch powertop sensors-detect ipmi-sensors collectl \
            atopsar iotop-c bpytop btop gotop dool sysdig-inspect prtstat lstopo-no-graphics tuna hwloc-info ethq spinner dialog whiptail \
            zenity vmtouch fincore chkservice systemd-verify virt-host-validate apt-listbugs apt-config ubuntu-drivers hwe-support-status \
            distro-info debian-distro-info lsb-release rpmdev-vercmp vercmp semver jc jo gojq fx htmlq pup xsv qsv datamash csvlook csvstat \
            csvjson in2csv recode enca uchardet cmark md5deep sha256deep hashdeep rhash xxhsum xxh64sum b3sum cksfv crc32 par2 moreutils pee \
            combine mispipe zrun lckdo ifdata bats shunit2 goss inspec serverspec testinfra kubeval kubeconform kube-score polaris popeye \
            pluto datree checkov tfsec terrascan conftest opa cfn-lint actionlint dockle dive container-diff container-structure-test cst \
            ssl-cert-check cipherscan sslyze testssl mysqltuner mysqltuner.pl pt-query-digest pt-summary pt-mysql-summary pt-stalk \
            pt-diskstats pgbadger pg_stat_monitor check_postgres check_postgres.pl tuning-primer.sh pg_test_timing mysqlslap \
            redis-memory-analyzer rdb kcat kafkacat kafka-broker-api-versions.sh kafka-console-consumer.sh kafka-log-dirs.sh \
            zkServer.sh-status nagios-check check_disk check_load check_procs check_swap check_users check_tcp check_ping check_ssh \
            check_ntp_time check_mysql check_pgsql check_smtp check_dns check_icmp check_file_age check_mem check_memory check_cpu check_log \
            check_ntp check_dhcp check_ldap check_by_ssh check_nrpe check_snmp promlens logcli mimirtool thanos tempo-cli jaeger k6 vegeta \
            bombardier h2load autocannon locust jmeter oha fping6 hping mtr-tiny mtr-packet ipcalc-ng grepcidr cidrmerge geoiplookup \
            mmdblookup dnstop dnsperf queryperf named-rrchecker dnssec-verify ldns-walk zonemaster-cli bind9-host ntptime lsirq irqtop lsfd \
            lsclocks exiftool mediainfo ffprobe pdfinfo pdftotext pdffonts sox soxi tesseract graph-easy dot neato circo espeak nvtop \
            rocm-smi intel_gpu_top clinfo vulkaninfo glxinfo xdpyinfo edid-decode usb-devices ras-mc-ctl edac-util vcgencmd i2cdetect \
            gpiodetect gpioinfo gpioget aplay arecord pip-audit safety bandit pipdeptree pyflakes pycodestyle flake8 pytest nosetests \
            coverage phpstan phpcs staticcheck govulncheck cargo-audit fselect dust duf diskus dua erd procs choose tokei cloc scc \
            onefetch git-sizer delta difft icdiff wdiff dwdiff lpinfo sane-find-scanner upsc apcaccess wakeonlan ac lastcomm dump-acct \
            ausyscall auvirt chrony_exporter helm-docs kubectl-neat kubent kubespy kubecolor kubie kail
            """,
            "prints*", options: "-o= -f= -n= -c="
        ),
        // They change what is theirs, or what the one who calls them names.
        ProgramSpec(
            """
            logsave hardlink symlinks deduplicate jdupes mktorrent transmission-create hugo jekyll mkdocs sphinx-build doxygen asciidoctor \
            mdbook gitbook vuepress latex pdflatex xelatex lualatex bibtex makeindex j2 jinja2 gomplate ytt jsonnet jb cue dhall-to-json \
            nickel tanka cookiecutter copier yeoman yo plop pre-commit commitizen cz semantic-release standard-version auto-changelog \
            git-cliff goreleaser release-it changie volta fnm nvm pyenv rbenv jenv sdk asdf mise direnv pdm hatch rye micromamba virtualenv \
            tox nox gofmt goimports dep glide mvnw gradlew lein ivy dune nimble crystal shards zig dart flutter pub msbuild xbuild paket \
            createrepo createrepo_c reprepro aptly freight debmirror apt-mirror reposync apt-ftparchive dpkg-scanpackages dpkg-genchanges dch \
            debchange debsign dput rpmsign rpmdev-setuptree rpmlint lintian quilt gbp uscan uupdate alien timesync lpr lpoptions abook \
            calcurse todo.sh tailf ccache sccache distcc distcc-pump icecc bear intercept-build gcov lcov genhtml wait-for-it wait-for-it.sh \
            wait-for dockerize docker-credential-pass ecs-cli copilot chalice zappa netlify surge talk toilet lsdvd qrencode zbarimg barcode \
            mkisofs genisoimage xorriso mksquashfs unsquashfs isohybrid mkimage dtc fdtget fdtput slappasswd htdigest grub-mkpasswd-pbkdf2 \
            doveadm-pw argon2 pwqgen xkcdpass diceware lxc-checkconfig lxc-info nixos-version run-one run-this-one keep-one-running solo \
            cronlock lockfile lockfile-create lockfile-remove lockfile-touch dotlockfile with-lock-ex inotifywait inotifywatch fswatch \
            updatedb.mlocate makewhatis catman mktexlsr gdk-pixbuf-query-loaders desktop-file-install desktop-file-validate appstreamcli \
            xdg-user-dirs-update fc-list fc-match fc-query fc-scan install-info ginstall-info setterm setfont kbd_mode dumpkeys showkey \
            consolechars setupcon resizecons beep
            """,
            changes: "works on what is its own"
        ) { r in
            // `poetry run rm …`, `bundle exec …`: what they are told to run.
            for effect in UnknownProgram.risks(in: r.call) { r.add(effect) }
            for (index, word) in r.words.enumerated() where ["exec", "run", "--", "do", "sh"].contains(word) {
                let rest = r.words[(index + 1)...].drop { $0.hasPrefix("-") }
                if let first = rest.first, Programs.knows(first) || ShellPrograms.isShell(first) { r.shellCode.append(Value(rest.joined(separator: " "))) }
            }
        },
    ]
}
