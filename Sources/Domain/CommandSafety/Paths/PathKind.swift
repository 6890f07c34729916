/// What a path is to the policy.
enum PathKind: Sendable, Hashable, CaseIterable {
    /// Trees of which no more than a part may be deleted, moved or opened up.
    case protectedTree
    // What the machine can't run or be logged in to without.
    case critical, fileSystemTable, sudoers, noLogin, shell
    // The way in.
    case sshDaemon, sshConfiguration, sshHostKey, authorizedKeys, sshHome, hostsAccess
    // What it starts with.
    case boot, core, systemProgram, localProgram, systemLibrary, bootConfiguration, kernelModules
    // What runs by itself.
    case cron, cronJob, systemUnit, initScript, shellStartup, preload, loaderConfiguration, moduleConfiguration, deviceRules
    // Where things come from.
    case hosts, resolver, packageSources, packageConfiguration, packageDatabase
    case network, firewall, securityConfiguration, kernelSettings, updates
    case systemLog, applicationLog, loginRecord, auditRules, logConfiguration, history
    case databaseData, containerData, containerSocket, backups
    // Devices and kernel.
    case rawDevice, memoryDevice, kernelControl, powerControl, hardeningControl, processFile, systemFile
    /// Private keys, password files, credentials: to print them is to send them.
    case secret
    /// Files that often hold passwords beside other things.
    case settingsWithSecrets
}

extension PathKind {
    /// A path; with `/` at its end: it and all below it; `*/name`: by its last parts; `/dir/*/name`: `*` is one part.
    static let table: [(PathKind, String)] = [
        (
            .protectedTree,
            """
            / /bin /sbin /lib /lib32 /lib64 /libx32 /usr /usr/bin /usr/sbin /usr/lib /usr/lib64 /usr/lib32 /usr/share /usr/local /usr/include /usr/libexec /usr/src /usr/games /usr/etc \
            /etc /boot /dev /proc /sys /run /root /home /home/* /var /var/lib /var/log /var/spool /opt /srv /usr/local/bin /usr/local/sbin /usr/local/lib /lib/x86_64-linux-gnu /lib/systemd \
            /lib/aarch64-linux-gnu /usr/lib/systemd /etc/systemd /etc/systemd/system /etc/init.d /etc/default /etc/security /etc/apt /etc/ssl /etc/sysconfig /mnt /media /etc/profile.d /var/run /etc/pki \
            /lib/python3 /lib/firmware
            """
        ),
        (
            .critical,
            """
            /etc/passwd /etc/shadow /etc/group /etc/gshadow /etc/sudoers /etc/nsswitch.conf /etc/pam.d/ /etc/pam.conf /etc/inittab /etc/passwd- /etc/shadow- /etc/subuid /etc/securetty /lib/security/ \
            /lib/x86_64-linux-gnu/security/ /lib64/security/ /etc/sudo.conf /etc/login.defs
            """
        ),
        (.fileSystemTable, "/etc/fstab /etc/crypttab"),
        (.sudoers, "/etc/sudoers.d/ /etc/doas.conf /etc/doas.d/ /etc/polkit-1/"),
        (.noLogin, "/etc/nologin /run/nologin"),
        (
            .sshDaemon,
            "/sbin/sshd /bin/sshd /usr/sbin/sshd /lib/systemd/system/ssh.service /lib/systemd/system/sshd.service /lib/systemd/system/ssh.socket /etc/systemd/system/ssh.service.d/ /etc/systemd/system/sshd.service.d/ /etc/systemd/system/sshd.service /etc/systemd/system/ssh.service /run/sshd /bin/dropbear /sbin/dropbear /etc/dropbear/ /lib/openssh/ /etc/service/sshd/ /service/sshd/ /run/service/sshd/ /var/service/sshd/ /etc/service/ssh/ /etc/runit/runsvdir/default/sshd/"
        ),
        (.sshConfiguration, "/etc/ssh/sshd_config /etc/ssh/sshd_config.d/ /etc/ssh /etc/default/ssh"),
        (.sshHostKey, "/etc/ssh/ssh_host_rsa_key /etc/ssh/ssh_host_ed25519_key /etc/ssh/ssh_host_ecdsa_key /etc/ssh/ssh_host_dsa_key"),
        (.authorizedKeys, "*/.ssh/authorized_keys */.ssh/authorized_keys2 */authorized_keys /etc/ssh/authorized_keys/ /etc/ssh/authorized_keys.d/"),
        (.sshHome, "*/.ssh"),
        (.hostsAccess, "/etc/hosts.deny /etc/hosts.allow /etc/security/access.conf"),
        (.boot, "/boot/ /efi/ /sys/firmware/efi/ /vmlinuz /initrd.img"),
        (
            .core,
            """
            /bin/bash /bin/sh /bin/dash /sbin/init /lib/systemd/systemd /bin/systemd /sbin/agetty /bin/login /lib64/ld-linux-x86-64.so.2 /lib/ld-linux.so.2 /lib/ld-linux-aarch64.so.1 \
            /lib/ld-musl-x86_64.so.1 /lib/x86_64-linux-gnu/libc.so.6 /lib64/libc.so.6 /lib/libc.so.6 /lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 /lib/aarch64-linux-gnu/libc.so.6 /etc/ld.so.cache \
            /lib/x86_64-linux-gnu/libpthread.so.0 /lib/x86_64-linux-gnu/libm.so.6 /lib/x86_64-linux-gnu/libdl.so.2 /lib/aarch64-linux-gnu/ld-linux-aarch64.so.1 /bin/busybox /bin/env \
            /lib/libc.musl-x86_64.so.1 /etc/init /bin/mount /lib/x86_64-linux-gnu/libcrypt.so.1 /lib/x86_64-linux-gnu/libpam.so.0 /lib/x86_64-linux-gnu/libselinux.so.1
            """
        ),
        (.systemProgram, "/bin/ /sbin/"),
        (.localProgram, "/usr/local/bin/ /usr/local/sbin/ /snap/bin/ /opt/bin/ /root/bin/ /root/.local/bin/"),
        (.systemLibrary, "/lib/ /lib64/ /lib32/ /usr/libexec/"),
        (.kernelModules, "/lib/modules/ /lib/firmware/"),
        (.bootConfiguration, "/etc/default/grub /etc/default/grub.d/ /etc/grub.d/ /etc/initramfs-tools/ /etc/dracut.conf /etc/dracut.conf.d/ /etc/kernel/ /etc/mkinitcpio.conf"),
        (
            .cron,
            "/etc/crontab /etc/cron.d /var/spool/cron /var/spool/cron/crontabs /var/spool/at /etc/anacrontab /etc/cron.daily /etc/cron.hourly /etc/cron.weekly /etc/cron.monthly /var/spool/cron/crontabs/root /var/spool/cron/root /var/spool/cron/atjobs /etc/crontabs"
        ),
        (
            .cronJob,
            "/etc/cron.d/ /etc/cron.daily/ /etc/cron.hourly/ /etc/cron.weekly/ /etc/cron.monthly/ /var/spool/cron/ /var/spool/at/ /etc/crontabs/ /etc/periodic/ /etc/inetd.conf /etc/xinetd.conf /etc/xinetd.d/ /etc/cron.allow /etc/cron.deny"
        ),
        (.systemUnit, "/etc/systemd/system/ /lib/systemd/system/ /etc/systemd/user/ /run/systemd/system/ /etc/systemd/system-generators/ */.config/systemd/user"),
        (
            .initScript,
            "/etc/init.d/ /etc/rc.local /etc/rc.d/ /etc/rc0.d/ /etc/rc1.d/ /etc/rc2.d/ /etc/rc3.d/ /etc/rc5.d/ /etc/rc6.d/ /etc/local.d/ /etc/update-motd.d/ /etc/xdg/autostart/ /etc/network/if-up.d/ /etc/network/if-pre-up.d/ /etc/NetworkManager/dispatcher.d/ /etc/dhcp/dhclient-exit-hooks.d/ /etc/runlevels/ */.config/autostart */.forward */.ssh/rc /etc/ssh/sshrc"
        ),
        (
            .shellStartup,
            "/etc/profile /etc/profile.d/ /etc/bash.bashrc /etc/bashrc /etc/environment /etc/zshrc /etc/zsh/ /etc/environment.d/ */.bashrc */.profile */.bash_profile */.bash_login */.bash_logout */.bash_aliases */.zshrc */.zprofile */.zshenv */.pam_environment */.vimrc"
        ),
        (.preload, "/etc/ld.so.preload"),
        (.loaderConfiguration, "/etc/ld.so.conf /etc/ld.so.conf.d/"),
        (.moduleConfiguration, "/etc/modprobe.d/ /etc/modprobe.conf /etc/modules /etc/modules-load.d/"),
        (.deviceRules, "/etc/udev/rules.d/ /lib/udev/rules.d/"),
        (.hosts, "/etc/hosts"),
        (.resolver, "/etc/resolv.conf /etc/systemd/resolved.conf /etc/systemd/resolved.conf.d/ /etc/resolvconf/"),
        (
            .packageSources,
            "/etc/apt/sources.list /etc/apt/sources.list.d/ /etc/yum.repos.d/ /etc/zypp/repos.d/ /etc/apk/repositories /etc/pacman.d/mirrorlist /etc/dnf/dnf.conf /etc/yum.conf /etc/pacman.conf /etc/pip.conf */.npmrc */pip.conf */.config/pip/pip.conf */.gemrc /etc/apt/auth.conf.d/ /etc/apt/trusted.gpg"
        ),
        (.packageConfiguration, "/etc/apt/apt.conf /etc/apt/apt.conf.d/ /etc/dpkg/dpkg.cfg /etc/dpkg/dpkg.cfg.d/ /etc/apt/preferences.d/ /etc/apt/preferences"),
        (.updates, "/etc/apt/apt.conf.d/20auto-upgrades /etc/apt/apt.conf.d/50unattended-upgrades /etc/apt/apt.conf.d/10periodic /etc/dnf/automatic.conf"),
        (.packageDatabase, "/var/lib/dpkg/ /var/lib/rpm/ /lib/apk/ /var/lib/pacman/ /var/lib/apt/extended_states /lib/sysimage/rpm/ /usr/lib/sysimage/rpm/ /etc/apk/world"),
        (
            .network,
            "/etc/network/interfaces /etc/network/ /etc/network /etc/netplan/ /etc/NetworkManager/ /etc/sysconfig/network-scripts/ /etc/sysconfig/network/ /etc/systemd/network/ /etc/wpa_supplicant/ /etc/dhcpcd.conf /etc/sysconfig/network"
        ),
        (.firewall, "/etc/nftables.conf /etc/iptables/ /etc/ufw/ /etc/firewalld/ /etc/sysconfig/iptables /etc/sysconfig/nftables.conf /etc/nftables/"),
        (
            .securityConfiguration,
            "/etc/selinux/ /etc/apparmor.d/ /etc/apparmor/ /etc/fail2ban/ /etc/crowdsec/ /var/ossec/ /etc/wazuh/ /etc/falco/ /etc/clamav/ /var/lib/aide/ /etc/aide/ /etc/aide.conf /etc/tripwire/ /var/lib/tripwire/ /etc/security/pwquality.conf /etc/crypto-policies/ /etc/sysconfig/selinux"
        ),
        (.kernelSettings, "/etc/sysctl.conf /etc/sysctl.d/ /lib/sysctl.d/"),
        (
            .systemLog,
            """
            /var/log/syslog /var/log/messages /var/log/auth.log /var/log/secure /var/log/kern.log /var/log/daemon.log /var/log/cron /var/log/cron.log /var/log/maillog /var/log/mail.log /var/log/dpkg.log \
            /var/log/apt/ /var/log/boot.log /var/log/user.log /var/log/debug /var/log/audit/ /var/log/journal/ /run/log/journal/ /var/log/sudo.log /var/log/dmesg /var/log/yum.log /var/log/dnf.log /var/log/fail2ban.log \
            /var/log/ufw.log /var/log/firewalld /var/log/sssd/ /var/log/installer/ /var/log/unattended-upgrades/ /var/log/all /var/log/audit.log /var/log/auth.log.1 /var/log/syslog.1 /var/log/pacct /var/log/account/
            """
        ),
        (.applicationLog, "/var/log/"),
        (.loginRecord, "/var/log/wtmp /var/log/btmp /var/log/lastlog /var/log/faillog /run/utmp /var/log/tallylog /var/run/utmp /var/log/utmp"),
        (.auditRules, "/etc/audit/ /etc/audisp/ /etc/libaudit.conf"),
        (.logConfiguration, "/etc/rsyslog.conf /etc/rsyslog.d/ /etc/syslog.conf /etc/syslog-ng/ /etc/systemd/journald.conf /etc/systemd/journald.conf.d/ /etc/logrotate.conf"),
        (.history, "*/.bash_history */.zsh_history */.sh_history */.ash_history */.python_history */.mysql_history */.psql_history */.history */.lesshst */.viminfo"),
        (
            .databaseData,
            "/var/lib/postgresql/ /var/lib/mysql/ /var/lib/mariadb/ /var/lib/mongodb/ /var/lib/mongo/ /var/lib/redis/ /var/lib/pgsql/ /var/lib/elasticsearch/ /var/lib/cassandra/ /var/lib/influxdb/ /var/lib/clickhouse/ /var/lib/etcd/ /var/lib/opensearch/ /var/lib/couchdb/ /var/lib/rabbitmq/ /var/lib/ldap/ /var/lib/prometheus/ /var/lib/neo4j/ /var/lib/kafka/ /var/lib/zookeeper/ /var/lib/grafana/grafana.db"
        ),
        (
            .containerData,
            "/var/lib/docker/ /var/lib/containers/ /var/lib/containerd/ /var/lib/kubelet/ /var/lib/rancher/ /etc/kubernetes/ /var/lib/lxc/ /var/lib/lxd/ /var/lib/libvirt/ /etc/pve/ /var/lib/vz/ /var/lib/nomad/ /var/lib/consul/ /opt/nomad/ /var/lib/vault/ /var/snap/lxd/ /var/lib/longhorn/"
        ),
        (.containerSocket, "/run/docker.sock /run/containerd/containerd.sock /run/crio/crio.sock /run/podman/podman.sock"),
        (.backups, "/var/backups /backup /backups /srv/backup /srv/backups /mnt/backup /var/lib/velero /mnt/backups /opt/backup /opt/backups /data/backup /data/backups"),
        (.memoryDevice, "/dev/mem /dev/kmem /dev/port /dev/watchdog /dev/watchdog0 /proc/kcore /proc/*/mem /dev/nvram /dev/cpu/"),
        (
            .kernelControl,
            """
            /proc/sysrq-trigger /proc/sys/kernel/sysrq /proc/sys/kernel/core_pattern /proc/sys/kernel/modprobe /proc/sys/kernel/hotplug /proc/sys/kernel/poweroff_cmd /proc/sys/kernel/panic /sys/kernel/uevent_helper \
            /proc/sys/kernel/usermodehelper/ /proc/sys/fs/binfmt_misc/ /sys/firmware/ /sys/bus/pci/rescan /proc/bus/pci/ /sys/kernel/debug/ /sys/kernel/kexec_crash_size /proc/acpi/ /proc/scsi/scsi /sys/kernel/reboot/ \
            /proc/sys/kernel/panic_on_oops /proc/sys/kernel/kexec_load_disabled /proc/sys/kernel/ns_last_pid /proc/sys/kernel/cap_last_cap /proc/sys/kernel/threads-max /proc/sys/kernel/pid_max /sys/kernel/livepatch/ \
            /proc/sys/vm/panic_on_oom /proc/sys/fs/file-max /sys/module/ /proc/mtrr /sys/kernel/mm/ksm/
            """
        ),
        (.powerControl, "/sys/power/"),
        (
            .hardeningControl,
            """
            /proc/sys/kernel/randomize_va_space /proc/sys/kernel/kptr_restrict /proc/sys/kernel/dmesg_restrict /proc/sys/kernel/yama/ptrace_scope /proc/sys/kernel/unprivileged_bpf_disabled /sys/fs/selinux/ \
            /proc/sys/kernel/perf_event_paranoid /proc/sys/kernel/modules_disabled /sys/kernel/security/ /proc/sys/fs/protected_hardlinks /proc/sys/fs/protected_symlinks /proc/sys/fs/protected_fifos \
            /proc/sys/fs/protected_regular /proc/sys/fs/suid_dumpable /proc/sys/net/ipv4/tcp_syncookies /proc/sys/net/ipv4/conf/all/rp_filter /selinux/ /proc/sys/vm/mmap_min_addr /proc/sys/user/max_user_namespaces
            """
        ),
        (.processFile, "/proc/"),
        (.systemFile, "/sys/"),
        (
            .secret,
            """
            /etc/shadow /etc/gshadow /etc/shadow- /etc/gshadow- /etc/krb5.keytab /etc/security/opasswd /etc/ssl/private/ /etc/pki/tls/private/ /etc/ipsec.secrets /etc/ppp/chap-secrets /etc/ppp/pap-secrets \
            /etc/ssh/ssh_host_rsa_key /etc/ssh/ssh_host_ed25519_key /etc/ssh/ssh_host_ecdsa_key /etc/ssh/ssh_host_dsa_key /etc/kubernetes/admin.conf /etc/kubernetes/super-admin.conf /etc/kubernetes/controller-manager.conf \
            /etc/kubernetes/scheduler.conf /etc/kubernetes/kubelet.conf /etc/rancher/k3s/k3s.yaml /etc/mysql/debian.cnf /etc/wireguard/ /etc/openvpn/auth.txt /etc/NetworkManager/system-connections/ /proc/*/environ \
            /run/secrets/ /var/lib/kubelet/pki/ /etc/vault.d/ /var/lib/sss/db/ /var/lib/sss/secrets/ /etc/sssd/sssd.conf /etc/ldap.secret /etc/pam_ldap.secret /etc/postfix/sasl_passwd \
            /etc/exim4/passwd.client /etc/rndc.key /etc/bind/rndc.key /etc/samba/smbpasswd /var/lib/samba/private/ /etc/master.passwd /proc/kcore /dev/mem /var/lib/rancher/k3s/server/ /etc/kubernetes/bootstrap-kubelet.conf \
            */.ssh/id_rsa */.ssh/identity */.ssh/id_ed25519 */.ssh/id_ecdsa */.ssh/id_dsa */id_rsa */id_ed25519 */id_ecdsa */id_dsa */.pgpass */.my.cnf */.netrc */.git-credentials */.vault-token */.aws/credentials */.kube/config \
            */.docker/config.json */.config/gcloud */.azure/accessTokens.json */.azure/msal_token_cache.json */.gnupg/secring.gpg */.gnupg/private-keys-v1.d */.config/gh/hosts.yml */.pypirc */.s3cfg */.boto */.htpasswd \
            */privkey.pem */.config/rclone/rclone.conf */credentials.json */serviceaccount/token */.password-store */.terraform.d/credentials.tfrc.json */.aws */.azure */.vault_pass */vault-password */.config/doctl */shadow */shadow.bak */secrets.yml */secrets.yaml */application_default_credentials.json */.smbcredentials */keytab */.cargo/credentials */.config/hub */.gem/credentials */server.key */kubeconfig */wallet.dat */.passwd-s3fs */master.key */login.keyring
            """
        ),
        (.settingsWithSecrets, "*/.env */wp-config.php */terraform.tfstate */.npmrc */database.yml */.env.production */.kube"),
    ]
}
