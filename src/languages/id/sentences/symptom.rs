//! The table of symptoms: what is behind each, and what to type next.

use crate::model::symptom::Symptom;

/// Cause and next command. `WEB` stands for the web server, `APP` for the application server that was asked.
pub fn row(symptom: Symptom) -> (&'static str, &'static str) {
    match symptom {
        Symptom::NobodyLeft => (
            "semua server situs ini baru saja gagal, dan selama sepuluh detik nginx tidak bertanya kepada satu pun",
            "labctl status (kalau semuanya beres, tunggu sepuluh detik lalu coba lagi)",
        ),
        Symptom::BadGateway => (
            "nginx berjalan, tetapi tidak ada yang menerima sambungan di port aplikasi: aplikasinya tidak berjalan, atau \
                portnya lain",
            "labctl ssh APP -- pm2 ls (setelah itu: labctl step pm2)",
        ),
        Symptom::GatewayTimeout => (
            "nginx menunggu server aplikasi dengan sia-sia: aplikasinya macet, atau firewall di sana membuang paketnya",
            "labctl ssh APP -- curl -m 5 http://127.0.0.1:PORT/ (kalau ada jawaban: periksa firewall-nya, sudo nft list \
               ruleset; kalau tidak: pm2 restart all)",
        ),
        Symptom::Refused => (
            "tidak ada yang menunggu di port 80 web server: nginx tidak berjalan, atau memakai port lain",
            "labctl ssh WEB -- 'systemctl status nginx; sudo nginx -t; sudo ss -ltnp' (setelah itu: labctl step nginx proxy)",
        ),
        Symptom::Silence => (
            "tidak ada yang kembali dari alamat web server: mesinnya mati, alamatnya lain, atau firewall membuang paketnya",
            "labctl status (kalau WEB beres di sana, firewall-nya menutup port 80: labctl doctor)",
        ),
        Symptom::NameUnknown => (
            "domainnya tidak ada di berkas hosts komputer ini maupun di name server-nya, jadi browser di sini tidak menemukannya",
            "labctl step hosts (sebagai pengguna yang boleh menulis berkas hosts; kalau tidak, ditampilkan apa yang harus ditempel)",
        ),
        Symptom::NameElsewhere => (
            "di komputer ini domainnya menuju ke alamat lain, jadi browser di sini bertanya ke mesin lain",
            "labctl step hosts",
        ),
        Symptom::DefaultSite => (
            "yang menjawab situs lain di nginx, misalnya halaman sambutannya: tidak ada situs dengan server_name ini yang \
                dimuat nginx, atau berkasnya tidak disertakan",
            "labctl ssh WEB -- \"sudo nginx -T | grep -n -e server_name -e include\" (setelah itu: labctl step proxy)",
        ),
        Symptom::OtherConfiguration => (
            "nginx menjawab dari situs lain, atau dari konfigurasi lama situs ini: berkasnya diubah, atau belum di-reload",
            "labctl check, yang menunjukkan bedanya (setelah itu: labctl step proxy)",
        ),
        Symptom::OtherServer => (
            "nginx mengirim situs ini ke server yang tidak ada di inventory: situsnya diubah, atau alamat mesinnya sekarang \
                lain",
            "labctl check, yang menunjukkan bedanya (setelah itu: labctl step proxy)",
        ),
        Symptom::MissingServer => (
            "server aplikasi yang lain tidak menjawab, atau dikeluarkan nginx selama sepuluh detik setelah gagal",
            "labctl doctor (kalau semuanya beres, tunggu sepuluh detik lalu coba lagi)",
        ),
        Symptom::WrongShares => (
            "situs yang dimuat nginx memakai bobot atau metode lain, atau ada yang mengaksesnya pada saat yang sama",
            "labctl check, yang menunjukkan bedanya (kalau tidak ada, coba lagi saat tidak ada yang mengaksesnya)",
        ),
        Symptom::WrongPage => (
            "ada yang menjawab, tetapi bukan aplikasi ini: portnya dipakai program lain, atau `app.marker` milik aplikasi lain",
            "labctl ssh APP -- pm2 ls",
        ),
        Symptom::Redirect => (
            "jawabannya mengarahkan pengunjung ke alamat lain: ada `return` atau `rewrite` di situsnya, atau aplikasinya sendiri",
            "labctl ssh WEB -- \"sudo nginx -T | grep -n -e return -e rewrite\"",
        ),
        Symptom::Forbidden => (
            "nginx mencari berkas, bukan bertanya ke aplikasi: di `location /` situs ini tidak ada `proxy_pass`",
            "labctl check, yang menunjukkan bedanya (setelah itu: labctl step proxy)",
        ),
        Symptom::NotFound => (
            "halaman itu tidak ada di tempat nginx mencarinya: nginx menyajikan berkas situs lain, atau path di `proxy_pass` \
                salah",
            "labctl check, yang menunjukkan bedanya (setelah itu: labctl step proxy)",
        ),
        Symptom::AppRefuses => (
            "nginx bertanya ke aplikasi, dan jawaban itu dari aplikasinya sendiri: halaman itu tidak ada atau tidak \
                diperlihatkannya, atau ada path di belakang alamat `proxy_pass`",
            "labctl ssh APP -- curl -i -m 5 http://127.0.0.1:PORT/ (jawaban yang sama tanpa nginx)",
        ),
        Symptom::ServerError => {
            ("aplikasinya bisa dihubungi, tetapi gagal sendiri", "labctl ssh APP -- pm2 logs --nostream --lines 30")
        }
        Symptom::Broken => (
            "pihak lain memutus sambungan di tengah jalan, atau bukan web server",
            "labctl ssh WEB -- sudo tail /var/log/nginx/error.log",
        ),
    }
}
