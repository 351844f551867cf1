import type { codesEn } from './codes-en.ts';
import type { Translation } from './message.ts';

export const codesTr: Translation<typeof codesEn> = {
  'error.BAD_REQUEST': 'Sunucu bu isteği işleyemedi. Girdiklerinizi gözden geçirip yeniden deneyin.',
  'error.MALFORMED_JSON': 'Sunucu gönderilen veriyi okuyamadı. Sayfayı yenileyip yeniden deneyin.',
  'error.VALIDATION_FAILED': 'Bazı alanlar hatalı. İşaretli alanları düzeltip yeniden gönderin.',
  'error.CONFIG_INVALID':
    'Bazı ayarlar bu işlem hattına uymuyor. İşaretli olanları düzeltip yeniden başlatın.',
  'error.PREDICTION_INPUT_INVALID':
    'Model bu girdiyi kullanamıyor. Listelenen sorunları düzeltip yeniden deneyin.',
  'error.INVALID_CREDENTIALS': 'Kullanıcı adı veya parola yanlış. İkisini de kontrol edip yeniden deneyin.',
  'error.TOKEN_MISSING': 'Devam etmek için lütfen oturum açın.',
  'error.TOKEN_INVALID': 'Oturumunuz artık geçerli değil. Lütfen yeniden oturum açın.',
  'error.TOKEN_EXPIRED': 'Oturumunuzun süresi doldu. Lütfen yeniden oturum açın.',
  'error.FORBIDDEN': 'Bunu yapma yetkiniz yok. Bir yöneticiden erişim isteyin.',
  'error.ROUTE_NOT_FOUND': 'Sunucu bu adresi tanımıyor. Panel ile API farklı sürümlerde olabilir.',
  'error.PIPELINE_NOT_FOUND':
    'Hiçbir işçi bu işlem hattını sunmuyor. Eklentinin kurulu ve bir işçinin çalıştığını kontrol edin.',
  'error.EXPERIMENT_NOT_FOUND': 'Böyle bir deney yok. Silinmiş olabilir.',
  'error.MODEL_NOT_FOUND': 'Böyle bir model yok. Deneyi tamamlanmamış olabilir.',
  'error.TASK_NOT_FOUND': 'İzlenecek böyle bir çalışma yok.',
  'error.METHOD_NOT_ALLOWED': 'Sunucu buna izin vermiyor. Panel ile API farklı sürümlerde olabilir.',
  'error.PIPELINE_BROKEN':
    'Bu işlem hattı başlatılamıyor: eklentisi yüklenemiyor. Nedeni işlem hatları sayfasında.',
  'error.EXPERIMENT_NOT_FINISHED': 'Deney başarıyla tamamlanmadığı için henüz bir modeli yok.',
  'error.EXPERIMENT_ALREADY_FINISHED': 'Deney zaten sona erdi.',
  'error.REPORT_NOT_AVAILABLE': 'Rapor yok: deney başarıyla tamamlanmadı.',
  'error.BODY_TOO_LARGE':
    'Tek istek için çok fazla veri. Daha az satır ya da daha küçük görüntüler gönderin.',
  'error.UNSUPPORTED_MEDIA_TYPE': 'Sunucu bu tür veriyi kabul etmiyor.',
  'error.TOO_MANY_REQUESTS': 'Kısa sürede çok fazla istek geldi. Biraz bekleyip yeniden deneyin.',
  'error.INTERNAL':
    'Sunucuda bir sorun oluştu. Yeniden deneyin; sürerse istek numarasını sistem sorumlunuza iletin.',
  'error.PREDICTION_FAILED':
    'Model tahmin sırasında hata verdi. Yeniden deneyin; sürerse işçinin günlüğüne bakın.',
  'error.NO_WORKER': 'Bunu yapabilecek çalışan bir işçi yok. Bir işçi başlatıp yeniden deneyin.',
  'error.SERVICE_UNAVAILABLE': 'Hizmet hazır değil. Birazdan yeniden deneyin.',
  'error.PREDICTION_TIMEOUT': 'Tahmin çok uzun sürdü. İşçiler meşgul olabilir; yeniden deneyin.',
  'error.NETWORK': 'AzuraForge API’sine ulaşılamıyor. Çalıştığını kontrol edip yeniden deneyin.',
  'error.UNEXPECTED_ANSWER': 'Sunucu beklenmedik bir yanıt verdi. Panel ile API farklı sürümlerde olabilir.',
  'runError.PIPELINE_ERROR': 'İşlem hattı kendi hatasıyla durdu.',
  'runError.CONFIG_INVALID': 'Bu çalışmanın ayarları, işçideki işlem hattı sürümüne uymuyor.',
  'runError.PIPELINE_UNAVAILABLE': 'Artık hiçbir işçi bu işlem hattını sunmuyor veya eklentisi yüklenmiyor.',
  'runError.WORKER_DIED':
    'Eğitim süreci, izin verilen bütün denemelerde çöktü. Bellek yetmiyor olabilir; daha küçük bir yığın veya model deneyin.',
  'status.PENDING': 'Bekliyor',
  'status.STARTED': 'Çalışıyor',
  'status.SUCCESS': 'Tamamlandı',
  'status.FAILURE': 'Başarısız',
  'status.CANCELLED': 'İptal edildi',
  'problem.MANIFEST_INVALID': 'Eklentinin bildirimi geçerli değil.',
  'problem.SCHEMA_INVALID': 'Eklentinin ayar şeması geçerli değil.',
  'problem.LOAD_FAILED': 'Eklentinin kodu yüklenemiyor.',
  'problem.DUPLICATE_ID': 'Kurulu başka bir eklenti aynı işlem hattı adını kullanıyor.',
};
